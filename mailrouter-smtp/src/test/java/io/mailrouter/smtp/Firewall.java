package io.mailrouter.smtp;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a server, and can begin to swallow all that either side says without telling anybody. */
final class Firewall implements AutoCloseable {

    private final ServerSocket listener;
    private final int behind;
    private final List<Closeable> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger swallowed = new AtomicInteger();
    private volatile boolean swallowing;

    private Firewall(ServerSocket listener, int behind) {
        this.listener = listener;
        this.behind = behind;
    }

    static Firewall before(int port) {
        try {
            Firewall wall = new Firewall(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), port);
            wall.open.add(wall.listener);
            daemon(wall::accept);
            return wall;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // One side has gone.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            Socket server = new Socket(InetAddress.getByName("127.0.0.1"), behind);
            open.addAll(List.of(client, server));
            daemon(() -> pass(client, server));
            daemon(() -> pass(server, client));
        }
    }

    private void pass(Socket from, Socket to) throws IOException {
        byte[] bytes = new byte[8192];
        int read;
        while ((read = from.getInputStream().read(bytes)) >= 0) {
            if (swallowing) {
                swallowed.addAndGet(read);
            } else {
                to.getOutputStream().write(bytes, 0, read);
            }
        }
        if (!swallowing) {
            to.shutdownOutput();
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Lets nothing through from now on. */
    void swallow() {
        swallowing = true;
    }

    /** Returns how many bytes were not let through. */
    int swallowed() {
        return swallowed.get();
    }

    @Override
    public void close() throws IOException {
        for (Closeable one : open) {
            one.close();
        }
    }
}
