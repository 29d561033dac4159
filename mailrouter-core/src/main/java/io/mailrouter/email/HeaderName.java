package io.mailrouter.email;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The name of a header that an email may carry besides those that its fields make. */
final class HeaderName {

    private static final Pattern FORM = Pattern.compile("[!-9;-~]{1,126}");

    /** Headers that the fields of an email or the provider write; a second one would contradict the first. */
    private static final Set<String> RESERVED = Set.of(
            "from",
            "sender",
            "to",
            "cc",
            "bcc",
            "resent-bcc",
            "reply-to",
            "subject",
            "date",
            "message-id",
            "mime-version",
            "return-path",
            "received",
            "dkim-signature",
            "x-sg-id",
            "x-sg-eid");

    private HeaderName() {}

    /** Returns the name in lower case, as it is compared. */
    static String checked(String name) {
        HeaderText.check("header name", name);
        if (!FORM.matcher(name).matches()) {
            throw new IllegalArgumentException("header name needs 1 to 126 printable ASCII characters without a colon");
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (RESERVED.contains(lower) || lower.startsWith("content-")) {
            throw new IllegalArgumentException(
                    "header " + name + " is written by the email itself: use the field for it");
        }
        return lower;
    }
}
