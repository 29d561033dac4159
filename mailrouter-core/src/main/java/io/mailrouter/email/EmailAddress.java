package io.mailrouter.email;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;

/**
 * A mailbox, with the name that mail programs display beside it.
 *
 * <p>The address that is accepted is, character by character, the one in the envelope and in the header: comments,
 * quoted local parts, address literals and encoded words in local parts are refused instead of interpreted, because
 * mail systems disagree about them and an address that two systems read differently reaches a stranger. For the same
 * reason a domain with a letter that the JDK's IDNA 2003 would replace, such as a sharp s, is refused in that form. The
 * local part is left as it is; the domain is brought to lower-case A-labels (RFC 5890).
 *
 * <p>{@link #toString()} masks the mailbox, so that an address cannot reach a log by accident.
 *
 * @param name what mail programs display, empty for none
 * @param localPart what stands before the {@code @}, at most 64 bytes in UTF-8 (RFC 5321 section 4.5.3.1.1)
 * @param domain what stands behind the {@code @}, as lower-case A-labels, at most 253 characters
 */
public record EmailAddress(String name, String localPart, String domain) {

    private static final String ATEXT = "!#$%&'*+-/=?^_`{|}~";
    private static final int MAX_ADDRESS = 254;

    /** @throws IllegalArgumentException naming the part that is wrong, without its value */
    public EmailAddress {
        HeaderText.check("display name", name, 256);
        checkLocalPart(localPart);
        domain = aLabels(domain);
        if (HeaderText.utf8Length("address", localPart) + 1 + domain.length() > MAX_ADDRESS) {
            throw new IllegalArgumentException("address is longer than " + MAX_ADDRESS + " bytes");
        }
    }

    /**
     * Returns an address with a display name, which may hold any printable character.
     *
     * @throws IllegalArgumentException naming the part that is wrong, without its value
     */
    public static EmailAddress of(String name, String address) {
        if (address.length() > 2 * MAX_ADDRESS) {
            throw new IllegalArgumentException("address is longer than " + MAX_ADDRESS + " bytes");
        }
        HeaderText.check("address", address);
        int at = address.indexOf('@');
        if (at < 0 || at != address.lastIndexOf('@')) {
            throw new IllegalArgumentException("address needs exactly one '@'");
        }
        return new EmailAddress(name.strip(), address.substring(0, at), address.substring(at + 1));
    }

    /**
     * Reads {@code ada@example.org}, {@code Ada <ada@example.org>} or {@code "Lovelace, Ada" <ada@example.org>}.
     *
     * @throws IllegalArgumentException naming the part that is wrong, without its value
     */
    public static EmailAddress parse(String text) {
        HeaderText.check("address", text);
        String mailbox = text.strip();
        if (!mailbox.endsWith(">")) {
            return of("", mailbox);
        }
        int open = mailbox.lastIndexOf('<');
        if (open < 0) {
            throw new IllegalArgumentException("address ends with '>' but has no '<'");
        }
        String address = mailbox.substring(open + 1, mailbox.length() - 1);
        return of(displayName(mailbox.substring(0, open).strip()), address);
    }

    private static String displayName(String phrase) {
        if (!phrase.startsWith("\"")) {
            for (int i = 0; i < phrase.length(); i++) {
                if ("\"(),:;<>@[\\]".indexOf(phrase.charAt(i)) >= 0) {
                    throw new IllegalArgumentException(
                            "display name holds a special character at index " + i + ": put the name in double quotes");
                }
            }
            return phrase;
        }
        StringBuilder name = new StringBuilder(phrase.length());
        int i = 1;
        while (i < phrase.length() && phrase.charAt(i) != '"') {
            if (phrase.charAt(i) == '\\') {
                i++;
            }
            if (i < phrase.length()) {
                name.append(phrase.charAt(i++));
            }
        }
        if (i != phrase.length() - 1) {
            throw new IllegalArgumentException("display name has an opening quote that does not close at its end");
        }
        return name.toString();
    }

    /** RFC 5322's dot-atom, with RFC 6532's letters beyond ASCII. */
    private static void checkLocalPart(String local) {
        if (local.isEmpty() || HeaderText.utf8Length("local part", local) > 64) {
            throw new IllegalArgumentException("local part needs 1 to 64 bytes");
        }
        if (local.startsWith(".") || local.endsWith(".") || local.contains("..")) {
            throw new IllegalArgumentException("local part has a dot at an end or two dots together");
        }
        if (local.contains("=?")) {
            throw new IllegalArgumentException("local part looks like an encoded word");
        }
        for (int i = 0; i < local.length(); i = local.offsetByCodePoints(i, 1)) {
            int c = local.codePointAt(i);
            if (c != '.' && !isAtom(c)) {
                throw new IllegalArgumentException(
                        String.format("local part holds U+%04X, which no unquoted local part may", c));
            }
        }
    }

    private static boolean isAtom(int c) {
        if (c < 0x80) {
            return Character.isLetterOrDigit(c) || ATEXT.indexOf(c) >= 0;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    private static String aLabels(String domain) {
        if (isHostName(domain)) {
            return domain.toLowerCase(Locale.ROOT);
        }
        if (domain.isEmpty() || domain.length() > 253) {
            throw new IllegalArgumentException("domain needs 1 to 253 characters");
        }
        String ascii;
        try {
            ascii = IDN.toASCII(domain, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            // The cause is left out: its message repeats the domain's characters.
            throw new IllegalArgumentException("domain is not a valid host name");
        }
        if (isReplaced(domain, ascii)) {
            throw new IllegalArgumentException("domain holds a character that would be replaced by another,"
                    + " and mail would go elsewhere: write the domain as A-labels (xn--...)");
        }
        boolean valid = ascii.length() <= 253 && !ascii.isEmpty();
        for (String label : ascii.split("\\.", -1)) {
            valid &= !label.isEmpty() && label.length() <= 63;
        }
        if (!valid) {
            throw new IllegalArgumentException("domain is not a valid host name");
        }
        return ascii;
    }

    /** Says whether it is a valid host name in ASCII, as nearly all are: those need no IDNA, which is slow. */
    private static boolean isHostName(String domain) {
        int label = 0;
        for (int i = 0; i < domain.length(); i++) {
            char c = domain.charAt(i);
            boolean end = i + 1 == domain.length() || domain.charAt(i + 1) == '.';
            if (isLetterOrDigit(c) || (c == '-' && label > 0 && !end)) {
                label++;
            } else if (c == '.' && label > 0 && i + 1 < domain.length()) {
                label = 0;
            } else {
                return false;
            }
            if (label > 63) {
                return false;
            }
        }
        return label > 0 && domain.length() <= 253;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** Says whether the A-labels stand for other letters than those given, apart from upper and lower case. */
    private static boolean isReplaced(String domain, String ascii) {
        String[] given = domain.split("\\.", -1);
        String[] labels = ascii.split("\\.", -1);
        if (given.length != labels.length) {
            return true;
        }
        for (int i = 0; i < given.length; i++) {
            boolean plain = given[i].chars().allMatch(c -> c < 0x80);
            String letters = Normalizer.normalize(given[i].toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
            if (!plain
                    && !(labels[i].startsWith("xn--")
                            && IDN.toUnicode(labels[i]).equals(letters))) {
                return true;
            }
        }
        return false;
    }

    /** Returns {@code local@domain}, as it stands in the envelope. */
    public String address() {
        return localPart + '@' + domain;
    }

    /** Says whether the address needs a service that takes Unicode local parts (RFC 6531). */
    public boolean hasUnicodeLocalPart() {
        for (int i = 0; i < localPart.length(); i++) {
            if (localPart.charAt(i) >= 0x80) {
                return true;
            }
        }
        return false;
    }

    /** Returns the domain only, for logs: {@code ***@example.org}. */
    @Override
    public String toString() {
        return "***@" + domain;
    }
}
