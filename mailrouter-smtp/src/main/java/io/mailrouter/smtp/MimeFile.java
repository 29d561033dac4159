package io.mailrouter.smtp;

import io.mailrouter.email.Attachment;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;

/** A file in base64. */
record MimeFile(Attachment attachment) implements MimePart {

    private static final int CHUNK = 57 * 128;

    @Override
    public void writeTo(OutputStream out) throws IOException {
        HeaderFields fields = new HeaderFields()
                .text("Content-Type", attachment.type())
                .word("Content-Transfer-Encoding", "base64")
                .disposition(attachment.isInline() ? "inline" : "attachment", attachment.name());
        if (attachment.isInline()) {
            fields.word("Content-ID", "<" + attachment.contentId() + ">");
        }
        out.write(fields.closed());
        ByteBuffer content = attachment.content();
        while (content.hasRemaining()) {
            byte[] chunk = new byte[Math.min(CHUNK, content.remaining())];
            content.get(chunk);
            out.write(Base64.getMimeEncoder().encode(chunk));
            out.write('\r');
            out.write('\n');
        }
    }
}
