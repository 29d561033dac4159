package io.mailrouter.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Load that costs its sender little: prepared bytes on many connections by one thread, which counts answers and reads
 * none. On each connection so many requests are under way at any time.
 */
final class Flood implements AutoCloseable {

    /** One connection, and how many answers it has still to get before it writes again. */
    private static final class Lane {

        private final SocketChannel channel;
        private int awaited;
        private int letters;

        Lane(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private static final int MAX_ANSWERS = 256 << 10;

    private final Selector selector;
    private final ByteBuffer requests;
    private final int depth;
    private final ByteBuffer answers = ByteBuffer.allocateDirect(MAX_ANSWERS);
    private long answered;

    private Flood(Selector selector, ByteBuffer requests, int depth) {
        this.selector = selector;
        this.requests = requests;
        this.depth = depth;
    }

    /** Connects to a stand-in. Blocks until all connections are there. */
    static Flood connected(int port, int connections, int depth, int bodyBytes) throws IOException {
        Flood flood = new Flood(Selector.open(), requests(depth, bodyBytes), depth);
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.configureBlocking(false);
            channel.socket().setTcpNoDelay(true);
            channel.register(flood.selector, SelectionKey.OP_READ, new Lane(channel));
        }
        return flood;
    }

    private static ByteBuffer requests(int depth, int bodyBytes) {
        String request = "POST " + Endpoint.SENDGRID.path() + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                + "Authorization: Bearer SG.0123456789012345678901.0123456789012345678901234567890123456789012\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + bodyBytes + "\r\n\r\n"
                + "x".repeat(bodyBytes);
        byte[] bytes = request.repeat(depth).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** Keeps all connections busy for so long, then waits for the last answers. Returns how many there were. */
    long run(long millis) throws IOException {
        answered = 0;
        for (SelectionKey key : selector.keys()) {
            write((Lane) key.attachment());
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long last = end + TimeUnit.SECONDS.toNanos(10);
        while (awaited() && last - System.nanoTime() > 0) {
            boolean goesOn = end - System.nanoTime() > 0;
            selector.select(key -> read((Lane) key.attachment(), goesOn), 100);
        }
        return answered;
    }

    private boolean awaited() {
        return selector.keys().stream().anyMatch(key -> ((Lane) key.attachment()).awaited > 0);
    }

    private void read(Lane lane, boolean goesOn) {
        try {
            answers.clear();
            if (lane.channel.read(answers) < 0) {
                throw new IOException("the stand-in closed a connection");
            }
            int count = heads(lane, answers.flip());
            answered += count;
            lane.awaited -= count;
            if (lane.awaited == 0 && goesOn) {
                write(lane);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Lane lane) throws IOException {
        lane.awaited = depth;
        ByteBuffer whole = requests.duplicate();
        while (whole.hasRemaining()) {
            lane.channel.write(whole);
        }
    }

    /** Answers are counted by their first letters, HTTP, however they were cut into pieces on the way. */
    private static int heads(Lane lane, ByteBuffer bytes) {
        int count = 0;
        while (bytes.hasRemaining()) {
            byte letter = bytes.get();
            if (letter == 'H') {
                lane.letters = 1;
            } else if (letter != 'T' || lane.letters == 0) {
                lane.letters = 0;
            } else if (++lane.letters == 3) {
                count++;
                lane.letters = 0;
            }
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
