package io.mailrouter.smtp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.eclipse.angus.mail.util.QPEncoderStream;

/** A text in the encoding that changes it least. */
record MimeText(String subtype, String lines, Encoding encoding) implements MimePart {

    private static final int MAX_LINE = 998;

    enum Encoding {
        SEVEN_BIT("7bit"),
        QUOTED_PRINTABLE("quoted-printable"),
        BASE64("base64");

        private final String word;

        Encoding(String word) {
            this.word = word;
        }
    }

    static MimeText of(String subtype, String text) {
        String lines = withLineEnds(text);
        return new MimeText(subtype, lines, encoding(lines));
    }

    /** Brings line ends to CRLF. By hand, for a pattern takes longer than all else that a message needs. */
    private static String withLineEnds(String text) {
        StringBuilder lines = new StringBuilder(text.length() + text.length() / 32);
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n') {
                lines.append(text, start, i).append("\r\n");
                boolean pair = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
                i += pair ? 1 : 0;
                start = i + 1;
            }
        }
        return lines.append(text, start, text.length()).toString();
    }

    private static Encoding encoding(String lines) {
        int column = 0;
        int longest = 0;
        int beyond = 0;
        boolean control = false;
        for (int i = 0; i < lines.length(); i++) {
            char c = lines.charAt(i);
            column = c == '\n' ? 0 : column + 1;
            longest = Math.max(longest, column);
            beyond += c > 0x7E ? 1 : 0;
            control |= c < 0x20 && c != '\t' && c != '\r' && c != '\n';
        }
        // The carriage return stands in the count of a line.
        if (beyond == 0 && !control && longest <= MAX_LINE && !lines.contains("--" + MimePart.BOUNDARY)) {
            return Encoding.SEVEN_BIT;
        }
        return beyond > lines.length() / 4 ? Encoding.BASE64 : Encoding.QUOTED_PRINTABLE;
    }

    /** Returns the kind and the length only. */
    @Override
    public String toString() {
        return "MimeText[" + subtype + ", " + lines.length() + " characters]";
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        out.write(new HeaderFields()
                .words("Content-Type", List.of("text/" + subtype + ";", "charset=UTF-8"))
                .word("Content-Transfer-Encoding", encoding.word)
                .closed());
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        switch (encoding) {
            case SEVEN_BIT -> out.write(bytes);
            case BASE64 -> out.write(Base64.getMimeEncoder().encode(bytes));
            case QUOTED_PRINTABLE -> {
                QPEncoderStream encoder = new QPEncoderStream(out);
                encoder.write(bytes);
                encoder.flush();
            }
        }
    }
}
