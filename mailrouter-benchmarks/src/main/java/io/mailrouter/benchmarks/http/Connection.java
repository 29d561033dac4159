package io.mailrouter.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One client's connection: whole requests out of it, answers into it. Used by the stub's one thread. */
final class Connection {

    private static final int ROOM = 8 << 10;
    private static final ByteBuffer CONTINUE = StandardCharsets.US_ASCII.encode("HTTP/1.1 100 Continue\r\n\r\n");

    private final SocketChannel channel;
    private ByteBuffer in = ByteBuffer.allocate(ROOM);
    private ByteBuffer out = ByteBuffer.allocate(ROOM);
    /** Where the request that is looked at begins in what was read. */
    private int start;

    private boolean told;
    private RequestBytes request = RequestBytes.NONE;

    Connection(SocketChannel channel) {
        this.channel = channel;
    }

    /** Reads what there is. Returns false when the client is gone. */
    boolean fill() throws IOException {
        if (start > 0) {
            in.flip().position(start);
            in.compact();
            start = 0;
        }
        if (!in.hasRemaining()) {
            in = ByteBuffer.wrap(Arrays.copyOf(in.array(), in.capacity() * 2)).position(in.capacity());
        }
        return channel.read(in) >= 0;
    }

    /** Goes on to the next whole request. Returns false when there is none yet. */
    boolean next() {
        request = RequestBytes.at(in.array(), start, in.position());
        if (request.isWhole()) {
            start = request.end();
            told = false;
            return true;
        }
        if (request.asksFirst() && !told) {
            told = true;
            answer(CONTINUE);
        }
        return false;
    }

    /** Returns whom the request is for. */
    Endpoint endpoint() {
        return request.endpoint();
    }

    /** Returns the bytes of the request with its head, valid until the next one is read. */
    ByteBuffer body() {
        return ByteBuffer.wrap(in.array(), request.begin(), request.end() - request.begin());
    }

    /** Puts an answer down to be written. */
    void answer(ByteBuffer bytes) {
        if (out.remaining() < bytes.remaining()) {
            out = ByteBuffer.wrap(Arrays.copyOf(out.array(), out.capacity() * 2))
                    .position(out.position());
        }
        out.put(bytes.duplicate());
    }

    /** Writes what was put down. Answers are so small beside a socket's buffer that this does not wait. */
    void flush() throws IOException {
        if (out.position() == 0) {
            return;
        }
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("a connection did not close", e);
        }
    }
}
