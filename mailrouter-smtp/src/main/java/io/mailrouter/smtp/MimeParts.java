package io.mailrouter.smtp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Parts that belong together. */
record MimeParts(String subtype, String boundary, List<MimePart> parts) implements MimePart {

    /** Returns a count only. */
    @Override
    public String toString() {
        return "MimeParts[" + parts.size() + "]";
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        List<String> type = new ArrayList<>(List.of("multipart/" + subtype + ";", "boundary=\"" + boundary + "\""));
        if (subtype.equals("related")) {
            // RFC 2387 section 3.1 asks for the root's type: ours is always the HTML.
            type.add(1, "type=\"text/html\";");
        }
        out.write(new HeaderFields().words("Content-Type", type).bytes());
        for (MimePart part : parts) {
            out.write(("\r\n--" + boundary + "\r\n").getBytes(StandardCharsets.US_ASCII));
            part.writeTo(out);
        }
        out.write(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
    }
}
