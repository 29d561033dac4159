package io.mailrouter.email;

/**
 * The one check that every text bound for a header, an envelope or a key passes.
 *
 * <p>It refuses control characters, and so CR, LF and NUL, because a mail library further down may write them
 * to the wire as they are (Angus Mail 2.0.5 does), and half surrogate pairs, which no encoder can write.
 * The errors name the field and the position, never the value.
 */
final class HeaderText {

    /** RFC 5322 section 2.1.1 ends a line at 998 characters; folding makes more possible but nobody needs it. */
    static final int MAX_LENGTH = 998;

    private HeaderText() {}

    static String check(String field, String value) {
        return check(field, value, MAX_LENGTH);
    }

    static String check(String field, String value, int maxLength) {
        if (value.length() > maxLength) {
            throw new IllegalArgumentException(
                    field + " has " + value.length() + " characters: at most " + maxLength + " are allowed");
        }
        boolean ascii = true;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (isControl(c)) {
                throw new IllegalArgumentException(
                        String.format("%s holds the control character U+%04X at index %d", field, (int) c, i));
            }
            ascii &= c < 0x80;
        }
        if (!ascii) {
            utf8Length(field, value);
        }
        return value;
    }

    static String checkNotEmpty(String field, String value) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + " is empty");
        }
        return check(field, value);
    }

    /** The number of bytes of a text in UTF-8, which refuses half a surrogate pair: no encoder could write it. */
    static long utf8Length(String field, String value) {
        long bytes = value.length();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 0x80) {
                continue;
            }
            bytes += c < 0x800 ? 1 : 2;
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == value.length()
                        || !Character.isLowSurrogate(value.charAt(i + 1))) {
                    throw new IllegalArgumentException(field + " holds half a surrogate pair at index " + i);
                }
                i++;
            }
        }
        return bytes;
    }

    /** C0, DEL, C1, and the two Unicode line ends, which some servers treat as line ends as well. */
    private static boolean isControl(char c) {
        return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
    }
}
