package io.mailrouter.benchmarks.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One conversation of the sink. Reads what the client has sent in large pieces, and answers commands that came together
 * together, as servers with PIPELINING do.
 */
final class SinkConversation {

    private static final String EXTENSIONS = "250-sink\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250 8BITMIME\r\n";

    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[64 << 10];
    private int next;
    private int end;
    private final StringBuilder answers = new StringBuilder();

    private SinkConversation(Socket socket) throws IOException {
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    static void with(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            new SinkConversation(socket).hold();
        } catch (IOException gone) {
            // A client may go as it likes.
        }
    }

    private void hold() throws IOException {
        answers.append("220 sink\r\n");
        for (String verb = verb(); !verb.equals("QUIT"); verb = verb()) {
            switch (verb) {
                case "EHLO" -> answers.append(EXTENSIONS);
                case "DATA" -> {
                    answers.append("354 go on\r\n");
                    flush();
                    skipMessage();
                    answers.append("250 2.0.0 Ok: queued as 4F1A2B3C4D\r\n");
                }
                default -> answers.append("250 2.0.0 Ok\r\n");
            }
        }
    }

    /** Returns the first four letters of the next line. */
    private String verb() throws IOException {
        byte[] letters = new byte[4];
        int length = 0;
        for (int b = read(); b != '\n'; b = read()) {
            if (length < letters.length) {
                letters[length++] = (byte) Character.toUpperCase(b);
            }
        }
        return new String(letters, StandardCharsets.US_ASCII);
    }

    /** Reads up to the line that is a dot alone. */
    private void skipMessage() throws IOException {
        int last = 0;
        while (last != ('\n' << 24 | '.' << 16 | '\r' << 8 | '\n')) {
            last = last << 8 | read();
        }
    }

    private int read() throws IOException {
        if (next == end) {
            flush();
            next = 0;
            end = in.read(buffer);
            if (end < 0) {
                throw new IOException("closed");
            }
        }
        return buffer[next++];
    }

    /** Answers once there is nothing left to read. */
    private void flush() throws IOException {
        if (!answers.isEmpty()) {
            out.write(answers.toString().getBytes(StandardCharsets.US_ASCII));
            answers.setLength(0);
        }
    }
}
