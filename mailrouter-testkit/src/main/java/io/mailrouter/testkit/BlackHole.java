package io.mailrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of this machine on which connecting neither succeeds nor fails, like a host behind a firewall that drops.
 *
 * <p>Its queue of connections is full and nobody takes from it. Systems that refuse at once when the queue is full have
 * no such port; there {@link #open()} says so.
 */
public final class BlackHole implements AutoCloseable {

    private static final int MOST_QUEUED = 16;
    private static final int PATIENCE_MILLIS = 300;

    private final ServerSocket server;
    private final List<Socket> queued = new ArrayList<>();

    private BlackHole(ServerSocket server) {
        this.server = server;
    }

    /**
     * Returns one. Close it.
     *
     * @throws UnsupportedOperationException where the operating system does not let a connection wait
     */
    public static BlackHole open() {
        try {
            BlackHole hole = new BlackHole(new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
            hole.fill();
            return hole;
        } catch (IOException e) {
            throw new UncheckedIOException("no loopback port is free", e);
        }
    }

    private void fill() throws IOException {
        while (queued.size() < MOST_QUEUED) {
            Socket socket = new Socket();
            queued.add(socket);
            try {
                socket.connect(new InetSocketAddress(server.getInetAddress(), port()), PATIENCE_MILLIS);
            } catch (SocketTimeoutException full) {
                return;
            } catch (IOException refused) {
                break;
            }
        }
        close();
        throw new UnsupportedOperationException("this system refuses a connection instead of letting it wait");
    }

    /** Returns the port. */
    public int port() {
        return server.getLocalPort();
    }

    /** Frees the port. */
    @Override
    public void close() {
        queued.forEach(BlackHole::end);
        end(server);
    }

    private static void end(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // The socket is gone, which is all that was wanted.
        }
    }
}
