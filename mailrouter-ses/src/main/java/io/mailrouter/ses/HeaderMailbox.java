package io.mailrouter.ses;

import io.mailrouter.email.EmailAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Writes addresses as SES wants them, in 7-bit ASCII: {@code name <address>} with the name bare, quoted (RFC 5322)
 * or in encoded words (RFC 2047).
 */
final class HeaderMailbox {

    /** What 75 characters hold besides {@code =?UTF-8?B?} and {@code ?=}, in bytes before base64. */
    private static final int BYTES_PER_WORD = 45;

    private static final String MARKS = "!#$%&'*+/=?^_`{|}~-";

    private HeaderMailbox() {}

    static List<String> of(List<EmailAddress> addresses) {
        List<String> mailboxes = new ArrayList<>(addresses.size());
        for (EmailAddress address : addresses) {
            mailboxes.add(of(address));
        }
        return mailboxes;
    }

    static String of(EmailAddress address) {
        return address.name().isEmpty() ? address.address() : phrase(address.name()) + " <" + address.address() + ">";
    }

    private static String phrase(String name) {
        if (isAtoms(name) && !name.contains("=?")) {
            return name;
        }
        boolean ascii = name.chars().allMatch(c -> c < 0x80);
        return ascii && !name.contains("=?")
                ? '"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"'
                : encodedWords(name);
    }

    /** Says whether it is words of RFC 5322's atoms with one space in between. */
    private static boolean isAtoms(String name) {
        boolean begun = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean inWord =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || MARKS.indexOf(c) >= 0;
            if (!inWord && !(c == ' ' && begun)) {
                return false;
            }
            begun = inWord;
        }
        return begun;
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
