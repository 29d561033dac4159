package io.mailrouter.smtp;

import java.io.IOException;
import java.io.OutputStream;

/** A part of a message, in lines that every server takes: 7-bit, CRLF at their ends, and short enough. */
sealed interface MimePart permits MimeText, MimeFile, MimeParts {

    /** Begins every boundary. No quoted-printable or base64 line can hold it; a text that does is encoded. */
    String BOUNDARY = "=_mr-";

    /** Writes its own header fields, an empty line and its content. */
    void writeTo(OutputStream out) throws IOException;
}
