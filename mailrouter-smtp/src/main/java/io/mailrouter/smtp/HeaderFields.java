package io.mailrouter.smtp;

import io.mailrouter.email.EmailAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Writes header fields, encoded and folded (RFC 5322, 2047, 2231).
 *
 * <p>What it is given was checked when the email was built, so that it holds no line end. Not safe to share between
 * threads.
 */
final class HeaderFields {

    /** Lines are kept to this where there is a place to fold (RFC 5322 section 2.1.1 asks for 78 at most). */
    private static final int LINE = 76;

    /** A word that is longer than this is encoded, for a line may have 998 characters, the field's name included. */
    private static final int LONGEST_WORD = 800;

    private static final int FILE_NAME_PIECE = 50;
    private static final Pattern ATOMS =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
    private static final Pattern FOLD = Pattern.compile("(?<=\\S) (?=\\S)");
    private static final Pattern PLAIN_FILE_NAME = Pattern.compile("[ -~]{1," + FILE_NAME_PIECE + "}");
    private static final String UNESCAPED = "!#$&+-.^_`|~";

    private final StringBuilder text = new StringBuilder();

    /** Adds a field of free text. */
    HeaderFields text(String name, String value) {
        List<String> words = List.of(FOLD.split(value, -1));
        boolean encoded = EncodedWords.needs(value) || words.stream().anyMatch(word -> word.length() > LONGEST_WORD);
        return words(name, encoded ? EncodedWords.of(value, roomBehind(name)) : words);
    }

    /** Adds a field of one word that is not encoded, such as an id. */
    HeaderFields word(String name, String value) {
        return words(name, List.of(value));
    }

    /** Adds a field of addresses. */
    HeaderFields mailboxes(String name, List<EmailAddress> addresses) {
        List<String> words = new ArrayList<>();
        for (EmailAddress address : addresses) {
            if (!words.isEmpty()) {
                words.add(words.remove(words.size() - 1) + ",");
            }
            if (address.name().isEmpty()) {
                words.add(address.address());
            } else {
                words.addAll(phrase(address.name(), roomBehind(name)));
                words.add("<" + address.address() + ">");
            }
        }
        return words(name, words);
    }

    /** RFC 2047 section 2 allows no longer line where a word is encoded, and not every reader a fold before the first. */
    private static int roomBehind(String name) {
        return LINE - name.length() - ": ".length();
    }

    private static List<String> phrase(String name, int room) {
        if (EncodedWords.needs(name)) {
            return EncodedWords.of(name, room);
        }
        return ATOMS.matcher(name).matches()
                ? List.of(name.split(" ", -1))
                : List.of('"' + name.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
    }

    /** Adds a Content-Disposition with a file name in any script (RFC 2231). */
    HeaderFields disposition(String kind, String fileName) {
        List<String> words = new ArrayList<>();
        words.add(kind + ";");
        if (PLAIN_FILE_NAME.matcher(fileName).matches()) {
            words.add("filename=\"" + fileName.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
        } else {
            words.addAll(pieces(fileName));
        }
        return words("Content-Disposition", words);
    }

    private static List<String> pieces(String fileName) {
        List<String> values = new ArrayList<>();
        StringBuilder value = new StringBuilder("UTF-8''");
        for (byte b : fileName.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || UNESCAPED.indexOf(b) >= 0);
            value.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xFF));
            if (value.length() >= FILE_NAME_PIECE) {
                values.add(value.toString());
                value.setLength(0);
            }
        }
        if (!value.isEmpty()) {
            values.add(value.toString());
        }
        if (values.size() == 1) {
            return List.of("filename*=" + values.get(0));
        }
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            pieces.add("filename*" + i + "*=" + values.get(i) + (i < values.size() - 1 ? ";" : ""));
        }
        return pieces;
    }

    /** Adds a field of words, folded between them. */
    HeaderFields words(String name, List<String> words) {
        text.append(name).append(':');
        int column = name.length() + 1;
        boolean first = true;
        for (String word : words) {
            if (!first && column + 1 + word.length() > LINE) {
                text.append("\r\n");
                column = 0;
            }
            text.append(' ').append(word);
            column += 1 + word.length();
            first = false;
        }
        text.append("\r\n");
        return this;
    }

    /** Returns the fields and the empty line behind them. */
    byte[] closed() {
        return (text + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Returns the fields. */
    byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
