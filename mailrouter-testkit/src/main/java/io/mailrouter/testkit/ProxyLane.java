package io.mailrouter.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** One direction of one connection: what was read and has not arrived yet. Used by the proxy's thread only. */
final class ProxyLane {

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final int MOST_UNDER_WAY = 4 << 20;
    private static final int MOST_UNDER_WAY_SLOWLY = 16 << 10;
    private static final int CHUNK = 16 << 10;

    /** What arrives at a time: bytes, or one of the two ends. */
    private record Parcel(long due, ByteBuffer bytes, Kind kind) {}

    private enum Kind {
        BYTES,
        END,
        RESET
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Deque<Parcel> underWay = new ArrayDeque<>();
    private final ByteBuffer buffer;
    private int bytesUnderWay;
    private long lastDue;
    private long delayNanos;
    private int bytesPerSecond;
    private boolean swallows;
    private long untilReset = UNLIMITED;
    private boolean ended;
    private boolean blocked;

    /** @param buffer what the proxy's thread reads into */
    ProxyLane(ByteBuffer buffer, long now) {
        this.buffer = buffer;
        this.lastDue = now;
    }

    static ByteBuffer buffer() {
        return ByteBuffer.allocate(CHUNK);
    }

    void delay(long nanos) {
        delayNanos = nanos;
    }

    void bandwidth(int perSecond) {
        bytesPerSecond = perSecond;
    }

    void swallow() {
        swallows = true;
    }

    boolean swallows() {
        return swallows;
    }

    void resetAfter(long bytes) {
        untilReset = bytes;
    }

    void heal() {
        delayNanos = 0;
        bytesPerSecond = 0;
        swallows = false;
        untilReset = UNLIMITED;
    }

    /** Says whether there is something to be read and room for it. */
    boolean reads() {
        return !ended && bytesUnderWay < (bytesPerSecond > 0 ? MOST_UNDER_WAY_SLOWLY : MOST_UNDER_WAY);
    }

    /** Says whether something is due that the receiver had no room for. */
    boolean isBlocked() {
        return blocked;
    }

    /** Says whether the sender has ended, and whatever was to arrive has arrived. */
    boolean isOver() {
        return ended && underWay.isEmpty();
    }

    /** Returns how long nothing is due; {@link Long#MAX_VALUE} if nothing ever is, or the receiver is what is waited for. */
    long nanosToNext(long now) {
        return underWay.isEmpty() || blocked
                ? Long.MAX_VALUE
                : Math.max(0, underWay.getFirst().due() - now);
    }

    /** Reads what is there, and returns how many bytes that was. */
    int read(SocketChannel from, long now) throws IOException {
        buffer.clear();
        int n = from.read(buffer);
        if (n < 0) {
            ended = true;
            if (!swallows) {
                send(NOTHING, Kind.END, now);
            }
            return 0;
        }
        return n;
    }

    /** Sends on its way what was read last. */
    void pass(long now) {
        buffer.flip();
        if (swallows) {
            return;
        }
        boolean resets = buffer.remaining() > untilReset;
        if (resets) {
            buffer.limit((int) untilReset);
        }
        if (untilReset != UNLIMITED) {
            untilReset -= buffer.remaining();
        }
        while (buffer.hasRemaining()) {
            send(slice(), Kind.BYTES, now);
        }
        if (resets) {
            ended = true;
            send(NOTHING, Kind.RESET, now);
        }
    }

    /** Where little may pass in a second, it passes in small parts. */
    private ByteBuffer slice() {
        int most = bytesPerSecond > 0 ? Math.max(1, bytesPerSecond / 100) : CHUNK;
        byte[] part = new byte[Math.min(buffer.remaining(), most)];
        buffer.get(part);
        return ByteBuffer.wrap(part);
    }

    private void send(ByteBuffer bytes, Kind kind, long now) {
        long transfer = bytesPerSecond > 0 ? TimeUnit.SECONDS.toNanos(bytes.remaining()) / bytesPerSecond : 0;
        lastDue = Math.max(now + delayNanos, lastDue) + transfer;
        bytesUnderWay += bytes.remaining();
        underWay.addLast(new Parcel(lastDue, bytes, kind));
    }

    /** Lets arrive what is due. Returns false when the connection is to be reset now. */
    boolean deliver(SocketChannel to, long now) throws IOException {
        blocked = false;
        while (!underWay.isEmpty() && underWay.getFirst().due() - now <= 0) {
            Parcel next = underWay.getFirst();
            if (next.kind() == Kind.RESET) {
                return false;
            }
            if (next.kind() == Kind.END) {
                to.shutdownOutput();
            } else {
                bytesUnderWay -= to.write(next.bytes());
            }
            blocked = next.bytes().hasRemaining();
            if (blocked) {
                return true;
            }
            underWay.removeFirst();
        }
        return true;
    }
}
