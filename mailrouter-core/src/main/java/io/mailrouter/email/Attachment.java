package io.mailrouter.email;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * A file that travels with an email.
 *
 * <p>Immutable: the bytes are copied on the way in. There is no way to attach by URL or path, so that a message from
 * outside cannot make the sender read a file.
 */
public final class Attachment {

    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}"
            + "(; ?[A-Za-z0-9!#$&^_.+-]+=([A-Za-z0-9!#$&^_.+:-]+|\"[^\"\\\\]*\"))*");
    private static final Pattern CONTENT_ID = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+");

    private final String name;
    private final String type;
    private final byte[] bytes;
    private final String contentId;

    private Attachment(String name, String type, byte[] bytes, String contentId) {
        this.name = HeaderText.checkNotEmpty("attachment name", name);
        this.type = HeaderText.check("attachment type", type);
        if (!TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException("attachment type is not a media type such as application/pdf");
        }
        this.bytes = bytes.clone();
        this.contentId = HeaderText.check("attachment contentId", contentId);
    }

    /**
     * Returns a file that is offered for download.
     *
     * @param name the file name, in any script
     * @param type its media type, such as {@code application/pdf}
     * @throws IllegalArgumentException naming the part that is wrong
     */
    public static Attachment of(String name, String type, byte[] bytes) {
        return new Attachment(name, type, bytes, "");
    }

    /**
     * Returns a file that the HTML shows by {@code cid:contentId}.
     *
     * @throws IllegalArgumentException naming the part that is wrong
     */
    public static Attachment inline(String contentId, String name, String type, byte[] bytes) {
        HeaderText.check("attachment contentId", contentId);
        if (!CONTENT_ID.matcher(contentId).matches()) {
            throw new IllegalArgumentException(
                    "attachment contentId needs one or more letters, digits or marks, without brackets");
        }
        return new Attachment(name, type, bytes, contentId);
    }

    /** Returns the file name. */
    public String name() {
        return name;
    }

    /** Returns the media type. */
    public String type() {
        return type;
    }

    /** Returns a read-only view of the bytes. */
    public ByteBuffer content() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Returns the number of bytes before any encoding. */
    public int size() {
        return bytes.length;
    }

    /** Says whether the HTML shows it by its content id. */
    public boolean isInline() {
        return !contentId.isEmpty();
    }

    /** Returns the content id, empty for a file that is not inline. */
    public String contentId() {
        return contentId;
    }

    /** Returns the size only: a file's name can be personal. */
    @Override
    public String toString() {
        return "Attachment[" + size() + " bytes]";
    }
}
