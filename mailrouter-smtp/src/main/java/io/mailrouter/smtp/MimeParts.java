package io.mailrouter.smtp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Parts that belong together. */
record MimeParts(String subtype, String boundary, List<MimePart> parts) implements MimePart {

    @Override
    public void writeTo(OutputStream out) throws IOException {
        out.write(new HeaderFields()
                .words("Content-Type", List.of("multipart/" + subtype + ";", "boundary=\"" + boundary + "\""))
                .bytes());
        for (MimePart part : parts) {
            out.write(("\r\n--" + boundary + "\r\n").getBytes(StandardCharsets.US_ASCII));
            part.writeTo(out);
        }
        out.write(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    }
}
