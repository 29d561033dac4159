package io.mailrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Stands before any server that speaks over TCP (Redis, HTTP, SMTP) and lets its connections fail as networks do: slow,
 * half-open, reset, refused, frozen, an answer lost with its connection.
 *
 * <p>It listens on a free port of the loopback interface and passes everything on until told otherwise. Its own
 * {@link Faults} hold for every connection, standing or to come; {@link #connections()} gives those of a single one.
 * The same seed, connections and bytes have the same faults: no decision looks at a clock.
 *
 * <p>Safe to share between threads. It has one thread, a daemon, however many connections there are. When the server is
 * away, a client sees a connection that ends.
 */
public final class FaultProxy implements Faults, AutoCloseable {

    private static final Duration LONGEST_DELAY = Duration.ofHours(1);

    private final ProxyLoop loop;
    private final Map<String, Consumer<Faults>> forNewOnes = new LinkedHashMap<>();

    private FaultProxy(InetSocketAddress server, long seed) {
        try {
            this.loop = new ProxyLoop(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0),
                    server,
                    seed,
                    connection -> forNewOnes.values().forEach(fault -> fault.accept(connection)));
        } catch (IOException e) {
            throw new UncheckedIOException("no loopback port is free", e);
        }
        loop.start();
    }

    /**
     * Returns one before a server of this machine, that listens already. Close it.
     *
     * @param port the server's
     * @param seed decides whatever is left to chance; print it
     */
    public static FaultProxy before(int port, long seed) {
        return before(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), seed);
    }

    /**
     * Returns one that listens already. Close it.
     *
     * @param server where everything goes
     * @param seed decides whatever is left to chance; print it
     */
    public static FaultProxy before(InetSocketAddress server, long seed) {
        return new FaultProxy(server, seed);
    }

    /** Returns the port that it listens on, the same as long as it is open. */
    public int port() {
        return loop.port();
    }

    /** Returns where it listens, such as {@code redis://127.0.0.1:40123}. */
    public URI url(String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + port());
    }

    /** Returns the connections that stand now, in the order in which they came, to be told each for itself. */
    public List<Faults> connections() {
        List<Faults> standing = new ArrayList<>();
        loop.tell(() -> standing.addAll(loop.standing()));
        return List.copyOf(standing);
    }

    /** Returns how many connections it has taken so far. */
    public long accepted() {
        return loop.accepted();
    }

    /** Returns how many answers were lost so far. */
    public int lost() {
        return loop.lost();
    }

    /** Refuses new connections from now on; those that stand go on. The port stays its own. */
    public void refuse() {
        loop.shut();
    }

    /** Takes new connections again. */
    public void accept() {
        loop.open();
    }

    @Override
    public void delay(Direction direction, Duration delay) {
        checked(delay);
        tell("delay " + direction, connection -> connection.delay(direction, delay));
    }

    @Override
    public void bandwidth(Direction direction, int bytesPerSecond) {
        notNegative("bytesPerSecond", bytesPerSecond);
        tell("bandwidth " + direction, connection -> connection.bandwidth(direction, bytesPerSecond));
    }

    @Override
    public void swallow(Direction direction) {
        tell("swallow " + direction, connection -> connection.swallow(direction));
    }

    @Override
    public void resetAfter(Direction direction, long bytes) {
        notNegative("bytes", bytes);
        tell("resetAfter " + direction, connection -> connection.resetAfter(direction, bytes));
    }

    @Override
    public void lose(double share) {
        checkedShare(share);
        tell("lose", connection -> connection.lose(share));
    }

    @Override
    public void freeze() {
        tell("freeze", Faults::freeze);
    }

    @Override
    public void thaw() {
        tell("freeze", Faults::thaw);
    }

    @Override
    public void cut() {
        loop.tell(() -> loop.standing().forEach(Faults::cut));
    }

    @Override
    public void heal() {
        loop.tell(() -> {
            forNewOnes.clear();
            loop.standing().forEach(Faults::heal);
        });
    }

    private void tell(String kind, Consumer<Faults> fault) {
        loop.tell(() -> {
            forNewOnes.put(kind, fault);
            loop.standing().forEach(fault);
        });
    }

    static Duration checked(Duration delay) {
        if (delay.isNegative() || delay.compareTo(LONGEST_DELAY) > 0) {
            throw new IllegalArgumentException("delay is " + delay + ": 0 to " + LONGEST_DELAY + " is possible");
        }
        return delay;
    }

    static void notNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ": at least 0 is needed");
        }
    }

    static void checkedShare(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share is " + share + ": 0 to 1 is possible");
        }
    }

    static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It is gone, which is all that was wanted.
        }
    }

    /** Ends every connection and the thread, and frees the port. */
    @Override
    public void close() {
        loop.close();
    }

    /** Returns the port only. */
    @Override
    public String toString() {
        return "FaultProxy[" + port() + "]";
    }
}
