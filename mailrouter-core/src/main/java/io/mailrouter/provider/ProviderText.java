package io.mailrouter.provider;

import java.util.Locale;
import java.util.regex.Pattern;

/** Makes a service's words fit to be logged: addresses masked, control characters escaped, length capped. */
final class ProviderText {

    private static final int MAX_LENGTH = 300;
    private static final int MAX_READ = 4 * MAX_LENGTH;
    private static final int MAX_CODE = 64;

    /** Whatever touches an '@' is taken for an address: too much is better than too little. */
    private static final Pattern ADDRESS = Pattern.compile("[^\\s<>\"'(),;:]{1,320}@([A-Za-z0-9.-]{0,253})");

    private ProviderText() {}

    static String clean(String text) {
        String masked = ADDRESS.matcher(capped(text)).replaceAll("***@$1");
        StringBuilder clean = new StringBuilder(Math.min(masked.length(), MAX_LENGTH));
        for (int i = 0; i < masked.length() && clean.length() < MAX_LENGTH; i++) {
            char c = masked.charAt(i);
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || c == 0x2028 || c == 0x2029) {
                clean.append(String.format("\\u%04x", (int) c));
            } else {
                clean.append(c);
            }
        }
        return clean.toString();
    }

    /** Cuts a long text before its last word: half an address would not be recognised as one. */
    private static String capped(String text) {
        if (text.length() <= MAX_READ) {
            return text;
        }
        int end = MAX_READ;
        while (end > 0 && !Character.isWhitespace(text.charAt(end))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Keeps an id to printable characters. It may hold an '@' (RFC 5322 section 3.6.4), so it is not masked. */
    static String id(String id) {
        String capped = id.substring(0, Math.min(id.length(), MAX_LENGTH));
        return isPrintableAscii(capped) ? capped : printable(capped);
    }

    private static boolean isPrintableAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < 0x20 || text.charAt(i) > 0x7e) {
                return false;
            }
        }
        return true;
    }

    private static String printable(String text) {
        return text.codePoints()
                .filter(c -> !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Keeps a code to letters, digits and underscores, so that it can be a metric's tag; addresses are masked first. */
    static String code(String raw) {
        String code = raw.indexOf('@') < 0 ? raw : clean(raw);
        StringBuilder word = new StringBuilder(Math.min(code.length(), MAX_CODE));
        for (int i = 0; i < code.length() && i < MAX_CODE; i++) {
            char c = code.charAt(i);
            word.append((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_');
        }
        return word.toString().toLowerCase(Locale.ROOT);
    }
}
