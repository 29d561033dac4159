package io.mailrouter.ses;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that reads each request whole and answers with bytes that need not be HTTP, then ends the connection. */
final class AnswersOnce implements Closeable {

    /** Writes an answer, and may fail where the client has gone. */
    interface Answer {
        void to(OutputStream out) throws IOException;
    }

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger requests = new AtomicInteger();
    private final boolean reads;
    private final boolean resets;
    private final Answer answer;

    private AnswersOnce(boolean reads, boolean resets, Answer answer) throws IOException {
        this.reads = reads;
        this.resets = resets;
        this.answer = answer;
        Thread thread = new Thread(this::serve, "answers-once");
        thread.setDaemon(true);
        thread.start();
    }

    /** Answers, then closes the connection as a server does that has said all. */
    static AnswersOnce with(Answer answer) throws IOException {
        return new AnswersOnce(true, false, answer);
    }

    /** Answers, then resets the connection. */
    static AnswersOnce withAndResets(String answer) throws IOException {
        return new AnswersOnce(true, true, out -> out.write(answer.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Resets every connection before a byte of the request was read. */
    static AnswersOnce byReset() throws IOException {
        return new AnswersOnce(false, true, out -> {});
    }

    int port() {
        return server.getLocalPort();
    }

    int requests() {
        return requests.get();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                serve(socket);
            } catch (IOException e) {
                // The client has gone, or the test is over: the next connection is none the worse.
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        if (reads) {
            readRequest(socket.getInputStream());
            requests.incrementAndGet();
            answer.to(socket.getOutputStream());
            socket.getOutputStream().flush();
        }
        if (resets) {
            socket.setSoLinger(true, 0);
        }
    }

    private static void readRequest(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            head.write(b);
        }
        Matcher length = LENGTH.matcher(head.toString(StandardCharsets.ISO_8859_1));
        in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
