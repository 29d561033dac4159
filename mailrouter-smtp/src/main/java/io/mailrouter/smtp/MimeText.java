package io.mailrouter.smtp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.angus.mail.util.QPEncoderStream;

/** A text in the encoding that changes it least. */
record MimeText(String subtype, String lines, Encoding encoding) implements MimePart {

    private static final int MAX_LINE = 998;
    private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

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
        String lines = LINE_END.matcher(text).replaceAll("\r\n");
        return new MimeText(subtype, lines, encoding(lines));
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
