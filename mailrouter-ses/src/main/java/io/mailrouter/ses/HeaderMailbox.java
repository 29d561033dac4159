package io.mailrouter.ses;

import io.mailrouter.email.EmailAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Writes addresses as SES wants them, in 7-bit ASCII: {@code name <address>} with the name bare, quoted (RFC 5322)
 * or in encoded words (RFC 2047).
 */
final class HeaderMailbox {

    /** What 75 characters hold besides {@code =?UTF-8?B?} and {@code ?=}, in bytes before base64. */
    private static final int BYTES_PER_WORD = 45;

    private static final Pattern ATOMS =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");

    private HeaderMailbox() {}

    static List<String> of(List<EmailAddress> addresses) {
        return addresses.stream().map(HeaderMailbox::of).toList();
    }

    static String of(EmailAddress address) {
        return address.name().isEmpty() ? address.address() : phrase(address.name()) + " <" + address.address() + ">";
    }

    private static String phrase(String name) {
        boolean ascii = name.chars().allMatch(c -> c < 0x80);
        if (!ascii || name.contains("=?")) {
            return encodedWords(name);
        }
        return ATOMS.matcher(name).matches()
                ? name
                : '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Cuts between code points, for each encoded word must be whole text by itself. */
    private static String encodedWords(String name) {
        StringBuilder words = new StringBuilder();
        int start = 0;
        int bytes = 0;
        for (int i = 0; i < name.length(); ) {
            int next = name.offsetByCodePoints(i, 1);
            int size = name.substring(i, next).getBytes(StandardCharsets.UTF_8).length;
            if (bytes + size > BYTES_PER_WORD) {
                words.append(encodedWord(name.substring(start, i))).append(' ');
                start = i;
                bytes = 0;
            }
            bytes += size;
            i = next;
        }
        return words.append(encodedWord(name.substring(start))).toString();
    }

    private static String encodedWord(String text) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "?=";
    }
}
