package io.mailrouter.testkit;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** A client and the server with the proxy between them. All but the faults is for the proxy's thread only. */
final class ProxiedConnection implements Faults {

    private final ProxyLoop loop;
    private final SocketChannel client;
    private final SocketChannel server;
    private final SelectionKey clientKey;
    private final SelectionKey serverKey;
    private final ProxyLane requests;
    private final ProxyLane answers;
    private final RandomGenerator random;
    private double share;
    private boolean frozen;
    private boolean connected;
    private boolean answerDue;
    private boolean gone;

    ProxiedConnection(
            ProxyLoop loop,
            Selector selector,
            SocketChannel client,
            SocketChannel server,
            ByteBuffer buffer,
            RandomGenerator random)
            throws IOException {
        this.loop = loop;
        this.client = client;
        this.server = server;
        this.random = random;
        long now = System.nanoTime();
        this.requests = new ProxyLane(buffer, now);
        this.answers = new ProxyLane(buffer, now);
        for (SocketChannel channel : new SocketChannel[] {client, server}) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        this.clientKey = client.register(selector, 0);
        this.serverKey = server.register(selector, 0);
    }

    @Override
    public void delay(Direction direction, Duration delay) {
        long nanos = FaultProxy.checked(delay).toNanos();
        loop.tell(() -> lane(direction).delay(nanos));
    }

    @Override
    public void bandwidth(Direction direction, int bytesPerSecond) {
        FaultProxy.notNegative("bytesPerSecond", bytesPerSecond);
        loop.tell(() -> lane(direction).bandwidth(bytesPerSecond));
    }

    @Override
    public void swallow(Direction direction) {
        loop.tell(() -> lane(direction).swallow());
    }

    @Override
    public void resetAfter(Direction direction, long bytes) {
        FaultProxy.notNegative("bytes", bytes);
        loop.tell(() -> lane(direction).resetAfter(bytes));
    }

    @Override
    public void lose(double value) {
        FaultProxy.checkedShare(value);
        loop.tell(() -> share = value);
    }

    @Override
    public void freeze() {
        loop.tell(() -> frozen = true);
    }

    @Override
    public void thaw() {
        loop.tell(() -> frozen = false);
    }

    @Override
    public void cut() {
        loop.tell(this::reset);
    }

    @Override
    public void heal() {
        loop.tell(() -> {
            requests.heal();
            answers.heal();
            share = 0;
            frozen = false;
        });
    }

    private ProxyLane lane(Direction direction) {
        return direction == Direction.REQUESTS ? requests : answers;
    }

    boolean isGone() {
        return gone;
    }

    /** Does all that can be done now, and returns how long there will be nothing to do unless a socket is ready. */
    long step() {
        try {
            return frozen ? rest() : flow(System.nanoTime());
        } catch (IOException e) {
            return broken();
        }
    }

    /** One side is gone without an end, so the other goes too, unless it is to hear nothing. */
    private long broken() {
        if (requests.swallows() || answers.swallows()) {
            frozen = true;
            return rest();
        }
        reset();
        return Long.MAX_VALUE;
    }

    private long rest() {
        clientKey.interestOps(0);
        serverKey.interestOps(0);
        return Long.MAX_VALUE;
    }

    private long flow(long now) throws IOException {
        if (!connected && !server.finishConnect()) {
            serverKey.interestOps(SelectionKey.OP_CONNECT);
            return Long.MAX_VALUE;
        }
        connected = true;
        if (requests.reads() && requests.read(client, now) > 0) {
            answerDue = true;
            requests.pass(now);
        }
        if (answers.reads() && answers.read(server, now) > 0) {
            if (isLost()) {
                loop.noteLost();
                end();
                return Long.MAX_VALUE;
            }
            answers.pass(now);
        }
        if (!requests.deliver(server, now) || !answers.deliver(client, now)) {
            reset();
            return Long.MAX_VALUE;
        }
        if (requests.isOver() && answers.isOver()) {
            end();
            return Long.MAX_VALUE;
        }
        clientKey.interestOps(interest(requests, answers));
        serverKey.interestOps(interest(answers, requests));
        return Math.min(requests.nanosToNext(now), answers.nanosToNext(now));
    }

    /** Drawn for each answer, lost or not, so that a share set later loses the same ones. */
    private boolean isLost() {
        if (!answerDue) {
            return false;
        }
        answerDue = false;
        return random.nextDouble() < share;
    }

    private static int interest(ProxyLane out, ProxyLane in) {
        return (out.reads() ? SelectionKey.OP_READ : 0) | (in.isBlocked() ? SelectionKey.OP_WRITE : 0);
    }

    /** Ends both sides with RST, so that they see a reset and no end of stream. */
    void reset() {
        for (SocketChannel channel : new SocketChannel[] {client, server}) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                // It is closed already.
            }
        }
        end();
    }

    /** Ends both sides. */
    void end() {
        gone = true;
        FaultProxy.closeQuietly(client);
        FaultProxy.closeQuietly(server);
    }
}
