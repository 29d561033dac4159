package io.mailrouter.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** One thread that reads requests from all connections and answers them, at once or after the latency. */
final class RawStub {

    private record Due(long nanos, Connection connection, ByteBuffer answer) {}

    private static final int BACKLOG = 1024;

    private final Mood mood;
    private final Tally tally;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final PriorityQueue<Due> waiting = new PriorityQueue<>(Comparator.comparingLong(Due::nanos));

    private RawStub(Mood mood, Tally tally) throws IOException {
        this.mood = mood;
        this.tally = tally;
        this.selector = Selector.open();
        this.server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Starts it on a daemon thread and returns its port. */
    static int start(Mood mood, Tally tally) throws IOException {
        RawStub stub = new RawStub(mood, tally);
        Thread thread = new Thread(stub::serve, "stub");
        thread.setDaemon(true);
        thread.start();
        return stub.server.socket().getLocalPort();
    }

    private void serve() {
        try {
            while (true) {
                if (waiting.isEmpty()) {
                    selector.select(this::serve);
                } else {
                    selector.select(this::serve, millisToNext());
                }
                answerWhatIsDue();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the selector failed", e);
        }
    }

    private long millisToNext() {
        long nanos = waiting.element().nanos() - System.nanoTime();
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
    }

    private void serve(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else if (key.attachment() instanceof Connection connection) {
                read(connection);
            }
        } catch (IOException e) {
            // A client that is gone: its channel is closed, and its key with it.
            close(key);
        }
    }

    private void accept() throws IOException {
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.socket().setTcpNoDelay(true);
            channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
        }
    }

    private void read(Connection connection) throws IOException {
        if (!connection.fill()) {
            connection.close();
            return;
        }
        while (connection.next()) {
            Endpoint endpoint = connection.endpoint();
            if (mood.takes(endpoint)) {
                tally.accepted(connection.body());
            }
            mood.answer(endpoint).ifPresent(answer -> answer(connection, answer));
        }
        connection.flush();
    }

    private void answer(Connection connection, ByteBuffer answer) {
        long latency = mood.latencyNanos();
        if (latency == 0) {
            connection.answer(answer);
        } else {
            waiting.add(new Due(System.nanoTime() + latency, connection, answer));
        }
    }

    private void answerWhatIsDue() {
        long now = System.nanoTime();
        while (!waiting.isEmpty() && waiting.element().nanos() - now <= 0) {
            Due due = waiting.remove();
            due.connection().answer(due.answer());
            try {
                due.connection().flush();
            } catch (IOException e) {
                due.connection().close();
            }
        }
    }

    private static void close(SelectionKey key) {
        if (key.attachment() instanceof Connection connection) {
            connection.close();
        }
    }
}
