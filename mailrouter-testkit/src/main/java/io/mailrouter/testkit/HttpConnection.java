package io.mailrouter.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One connection that speaks HTTP/1.1. Used by one thread; {@link #close()} may come from any. */
final class HttpConnection implements Listener.Connection {

    private static final int MAX_LINE = 16 << 10;
    private static final int MAX_HEADERS = 200;
    private static final int MAX_BODY = 64 << 20;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final CountDownLatch closed = new CountDownLatch(1);

    HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream(), 8 << 10);
        this.out = socket.getOutputStream();
    }

    /**
     * Waits for a request and returns its head, or nothing when the peer has closed.
     *
     * @throws EOFException when the peer closes inside the head, which then is no request
     */
    Optional<HttpHead> nextHead() throws IOException {
        if (isAtEnd()) {
            return Optional.empty();
        }
        String line = line();
        if (line.isEmpty()) {
            return Optional.empty();
        }
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            throw new ProtocolException("not an HTTP/1 request line");
        }
        return Optional.of(new HttpHead(words[0], words[1], "HTTP/1.1".equals(words[2]), headers()));
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() == MAX_HEADERS) {
                throw new ProtocolException("header without a name, or too many");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    /** Reads the whole body, after asking for it where the client waits to be asked. */
    byte[] body(HttpHead head) throws IOException {
        if (head.expectsContinue()) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        return head.isChunked() ? chunks() : exactly(head.header("content-length"), 10);
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            int extension = size.indexOf(';');
            byte[] chunk = exactly(
                    extension < 0 ? size.strip() : size.substring(0, extension).strip(), 16);
            if (chunk.length == 0) {
                headers();
                return body.toByteArray();
            }
            body.write(chunk, 0, chunk.length);
            if (body.size() > MAX_BODY || !line().isEmpty()) {
                throw new ProtocolException("chunk is wrong");
            }
        }
    }

    private byte[] exactly(String length, int radix) throws IOException {
        int count;
        try {
            count = length.isEmpty() ? 0 : Integer.parseInt(length, radix);
        } catch (NumberFormatException e) {
            throw new ProtocolException("length is wrong");
        }
        if (count < 0 || count > MAX_BODY) {
            throw new ProtocolException("length is wrong");
        }
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("body ends too early");
        }
        return bytes;
    }

    private boolean isAtEnd() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return true;
        }
        in.reset();
        return false;
    }

    /** Returns a line without its end. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("line ends too early");
            }
            if (line.size() == MAX_LINE) {
                throw new ProtocolException("line is too long");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    void write(Reply reply, boolean keepAlive) throws IOException {
        out.write(bytes(reply, keepAlive));
        out.flush();
    }

    /** Writes an answer one byte at a time, until it is whole or the connection ends. */
    void drip(Reply reply, Duration pause) throws IOException, InterruptedException {
        for (byte b : bytes(reply, true)) {
            out.write(b);
            if (pause(pause)) {
                return;
            }
        }
    }

    /** Writes the first bytes of an answer, and ends the connection with RST once they have gone out. */
    void cut(Reply reply, int bytes) throws IOException {
        out.write(bytes(reply, true), 0, bytes);
        out.flush();
        reset();
    }

    /** Writes what is no HTTP, and ends the connection. */
    void garbage() throws IOException {
        byte[] junk = new byte[512];
        for (int i = 0; i < junk.length; i++) {
            junk[i] = (byte) (i * 7);
        }
        out.write(junk);
        out.write("\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        close();
    }

    /** Reads and forgets some bytes. */
    void skip(int bytes) throws IOException {
        if (in.readNBytes(bytes).length < bytes) {
            throw new EOFException("body ends too early");
        }
    }

    /** Writes an answer whose body does not end, until the connection does. */
    void flood(Reply reply) throws IOException {
        out.write(head(reply, "Transfer-Encoding: chunked\r\n"));
        byte[] chunk = ("2000\r\n" + " ".repeat(0x2000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        while (true) {
            out.write(chunk);
        }
    }

    private static byte[] bytes(Reply reply, boolean keepAlive) {
        byte[] head = head(
                reply, "Content-Length: " + reply.body().length + "\r\n" + (keepAlive ? "" : "Connection: close\r\n"));
        byte[] all = new byte[head.length + reply.body().length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(reply.body(), 0, all, head.length, reply.body().length);
        return all;
    }

    private static byte[] head(Reply reply, String framing) {
        StringBuilder head =
                new StringBuilder("HTTP/1.1 ").append(reply.status()).append(" -\r\n");
        if (reply.headers().keySet().stream().noneMatch("date"::equalsIgnoreCase)) {
            String now = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
            head.append("Date: ").append(now).append("\r\n");
        }
        reply.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        return head.append(framing).append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Waits until the time is over or the connection was closed on this side, and says whether it was. */
    boolean pause(Duration time) throws InterruptedException {
        return closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Reads and forgets until the connection ends on either side. */
    void awaitEnd() throws IOException {
        byte[] ignored = new byte[1024];
        while (in.read(ignored) >= 0) {
            // What comes after the request that is left hanging is of no interest.
        }
    }

    /** Ends the connection with RST, so that the peer sees a reset and no end of stream. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        close();
    }

    /** Ends the connection. A thread that waits in it comes back. */
    @Override
    public void close() {
        closed.countDown();
        try {
            socket.close();
        } catch (IOException e) {
            // The socket is gone, which is all that was wanted.
        }
    }
}
