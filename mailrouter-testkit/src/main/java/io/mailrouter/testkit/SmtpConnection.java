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
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One connection of lines and messages. Used by one thread; {@link #close()} may come from any. */
final class SmtpConnection implements Listener.Connection {

    private static final int MAX_LINE = 64 << 10;
    private static final int MAX_BODY = 64 << 20;

    private final Socket raw;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private final CountDownLatch closed = new CountDownLatch(1);

    SmtpConnection(Socket raw) throws IOException {
        this.raw = raw;
        raw.setTcpNoDelay(true);
        this.socket = raw;
        this.in = new BufferedInputStream(raw.getInputStream(), 8 << 10);
        this.out = raw.getOutputStream();
    }

    /** Goes on in TLS; whatever came before the handshake and was not read is forgotten. */
    void startTls(SSLContext context) throws IOException {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(raw, null, raw.getPort(), true);
        secured.setUseClientMode(false);
        secured.startHandshake();
        socket = secured;
        in = new BufferedInputStream(secured.getInputStream(), 8 << 10);
        out = secured.getOutputStream();
    }

    boolean isSecured() {
        return socket instanceof SSLSocket;
    }

    /**
     * Returns a line without its end.
     *
     * @throws EOFException when the peer has closed
     */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("no more lines");
            }
            if (line.size() == MAX_LINE) {
                throw new ProtocolException("line is too long");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** Reads a message up to CRLF, dot, CRLF, and nothing else for an end, and returns it as it came. */
    byte[] message() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        byte[] end = {'\r', '\n', '.', '\r', '\n'};
        int matched = 2;
        while (matched < end.length) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("message ends too early");
            }
            if (message.size() == MAX_BODY) {
                throw new ProtocolException("message is too long");
            }
            message.write(b);
            if (b == end[matched]) {
                matched++;
            } else {
                matched = b == '\r' ? 1 : 0;
            }
        }
        byte[] all = message.toByteArray();
        return Arrays.copyOf(all, all.length - 3);
    }

    void skip(int bytes) throws IOException {
        in.readNBytes(bytes);
    }

    void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Waits until the time is over or the connection was closed on this side, and says whether it was. */
    boolean pause(Duration time) throws InterruptedException {
        return closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Reads and forgets until the connection ends on either side. */
    void awaitEnd() throws IOException {
        byte[] ignored = new byte[1024];
        while (in.read(ignored) >= 0) {
            // What comes while nothing is answered is of no interest.
        }
    }

    /** Ends the connection with RST, so that the peer sees a reset and no end of stream. */
    void reset() throws IOException {
        raw.setSoLinger(true, 0);
        closed.countDown();
        raw.close();
    }

    /** Ends the connection. A thread that waits in it comes back. */
    @Override
    public void close() {
        closed.countDown();
        try {
            raw.close();
        } catch (IOException e) {
            // The socket is gone, which is all that was wanted.
        }
    }
}
