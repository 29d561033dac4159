package io.mailrouter.email;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A complete MIME message, made elsewhere, that is to be sent byte for byte.
 *
 * <p>Its header must not name blind copies, for they would be read by everyone.
 */
public final class RawMime {

    private static final Pattern END_OF_HEADER = Pattern.compile("(?:^|\r?\n)\r?\n");
    private static final Pattern HEADER = Pattern.compile("[!-9;-~]+[ \t]*:");
    private static final Pattern BCC = Pattern.compile("(resent-)?bcc\\s*:", Pattern.CASE_INSENSITIVE);

    private final byte[] bytes;

    private RawMime(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Copies a message.
     *
     * @throws IllegalArgumentException when it has no header, one named Bcc, or a line in it that is no header
     */
    public static RawMime of(byte[] message) {
        byte[] bytes = message.clone();
        String header = header(bytes);
        if (header.isBlank()) {
            throw new IllegalArgumentException("raw message has no header");
        }
        for (String line : header.split("\r?\n", -1)) {
            checkLine(line);
        }
        return new RawMime(bytes);
    }

    /** A line that is no header to us may be one to somebody else, so only plain ones pass. */
    private static void checkLine(String line) {
        if (line.indexOf('\r') >= 0 || line.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("raw message has a CR without LF, or a NUL, in its header");
        }
        boolean folded = line.startsWith(" ") || line.startsWith("\t");
        if (!folded && !HEADER.matcher(line).lookingAt()) {
            throw new IllegalArgumentException("raw message has a line in its header that is no header");
        }
        if (BCC.matcher(line).lookingAt()) {
            throw new IllegalArgumentException(
                    "raw message has a Bcc header: name blind copies with bcc() and remove the header");
        }
    }

    /** Everything before the first empty line. */
    private static String header(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Matcher end = END_OF_HEADER.matcher(text);
        return end.find() ? text.substring(0, end.start()) : text;
    }

    /** Returns a read-only view of the message. */
    public ByteBuffer content() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Returns the number of bytes. */
    public int size() {
        return bytes.length;
    }

    /** Returns the size only. */
    @Override
    public String toString() {
        return "RawMime[" + bytes.length + " bytes]";
    }
}
