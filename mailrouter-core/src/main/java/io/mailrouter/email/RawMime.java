package io.mailrouter.email;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * A complete MIME message, made elsewhere, that is to be sent byte for byte.
 *
 * <p>Its header must not name blind copies, for they would be read by everyone.
 */
public final class RawMime {

    /** More than twice of what common mail servers take. */
    private static final int MAX_HEADER = 256 << 10;

    private static final Pattern HEADER = Pattern.compile("[!-9;-~]+[ \t]*:");
    private static final Pattern BCC = Pattern.compile("(resent-)?bcc\\s*:", Pattern.CASE_INSENSITIVE);

    private final byte[] bytes;

    private RawMime(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Copies a message.
     *
     * @throws IllegalArgumentException when it has no header, one of more than 256 KiB, one named Bcc, or a line in it
     *     that is no header
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

    /** Everything before the first empty line. Only that is turned into text: the rest may be 40 MB. */
    private static String header(byte[] bytes) {
        int line = 0;
        for (int i = 0; i < bytes.length && i < MAX_HEADER; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            boolean empty = i == line || (i == line + 1 && bytes[line] == '\r');
            if (empty) {
                return text(bytes, line);
            }
            line = i + 1;
        }
        if (bytes.length > MAX_HEADER) {
            throw new IllegalArgumentException("raw message has a header of more than " + MAX_HEADER + " bytes");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The first bytes as text, without the line end that they end with. */
    private static String text(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        if (text.endsWith("\r\n")) {
            return text.substring(0, length - 2);
        }
        return text.endsWith("\n") ? text.substring(0, length - 1) : text;
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
