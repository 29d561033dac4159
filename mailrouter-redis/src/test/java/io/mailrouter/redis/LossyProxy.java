package io.mailrouter.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands before a server and loses some of its answers, each with the connection: done, but nobody heard of it. */
final class LossyProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final int upstream;
    private final Random random;
    private final AtomicInteger lost = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "lossy-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private volatile double share;

    LossyProxy(int upstream, long seed) {
        this.upstream = upstream;
        this.random = new Random(seed);
        try {
            this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    String uri() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    /** From now on loses this share of the answers. */
    void lose(double share) {
        this.share = share;
    }

    int lost() {
        return lost.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream);
                threads.execute(() -> pump(client, server, false));
                threads.execute(() -> pump(server, client, true));
            } catch (IOException e) {
                // The listener was closed, or the server is away: the client sees a connection that ends.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[16_384];
        try (from;
                to) {
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                if (answers && random.nextDouble() < share) {
                    lost.incrementAndGet();
                    return;
                }
                to.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One end has gone, so the other goes too.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
