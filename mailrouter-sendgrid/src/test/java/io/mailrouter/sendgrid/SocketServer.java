package io.mailrouter.sendgrid;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Accepts connections on a free loopback port and hands each, on a thread of its own, to what the test wants done. */
final class SocketServer implements AutoCloseable {

    /** Deals with one connection, which is closed afterwards. */
    interface Act {
        void on(Socket socket) throws IOException;
    }

    private final ServerSocket listener;
    private final Act act;
    private final AtomicInteger connections = new AtomicInteger();

    private SocketServer(ServerSocket listener, Act act) {
        this.listener = listener;
        this.act = act;
    }

    static SocketServer start(Act act) {
        try {
            return start(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), act);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SocketServer start(ServerSocket listener, Act act) {
        SocketServer server = new SocketServer(listener, act);
        daemon(server::accept);
        return server;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                connections.incrementAndGet();
                daemon(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            act.on(socket);
        } catch (IOException e) {
            // The peer has gone, which is what many a test wants.
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads a request with a Content-Length to its end and returns it. */
    static String readRequest(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) read(socket.getInputStream()));
        }
        String name = "content-length: ";
        int start = head.toString().toLowerCase(Locale.ROOT).indexOf(name) + name.length();
        int length = Integer.parseInt(head.substring(start, head.indexOf("\r\n", start)));
        byte[] body = socket.getInputStream().readNBytes(length);
        return head + new String(body, StandardCharsets.UTF_8);
    }

    static int read(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException();
        }
        return next;
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** Ends a connection with RST. */
    static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    URI secureUrl(String host) {
        return URI.create("https://" + host + ":" + listener.getLocalPort());
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
