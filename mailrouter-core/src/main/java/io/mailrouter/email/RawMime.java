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

    private static final Pattern BCC = Pattern.compile("(resent-)?bcc\\s*:", Pattern.CASE_INSENSITIVE);

    private final byte[] bytes;

    private RawMime(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Copies a message.
     *
     * @throws IllegalArgumentException when it has no header, or a header named Bcc
     */
    public static RawMime of(byte[] message) {
        byte[] bytes = message.clone();
        String header = header(bytes);
        if (header.isBlank()) {
            throw new IllegalArgumentException("raw message has no header");
        }
        if (header.lines().anyMatch(line -> BCC.matcher(line).lookingAt())) {
            throw new IllegalArgumentException(
                    "raw message has a Bcc header: name blind copies with bcc() and remove the header");
        }
        return new RawMime(bytes);
    }

    /** Everything before the first empty line, whichever line end the message uses. */
    private static String header(byte[] bytes) {
        boolean lineIsEmpty = true;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || (bytes[i] == '\r' && (i + 1 == bytes.length || bytes[i + 1] != '\n'))) {
                if (lineIsEmpty) {
                    return new String(bytes, 0, i, StandardCharsets.ISO_8859_1);
                }
                lineIsEmpty = true;
            } else if (bytes[i] != '\r') {
                lineIsEmpty = false;
            }
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
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
