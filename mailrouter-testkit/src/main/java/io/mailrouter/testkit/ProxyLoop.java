package io.mailrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The one thread of a proxy: it moves the bytes of all connections and carries out what the proxy is told. */
final class ProxyLoop {

    private static final long LONGEST_WAIT_MILLIS = 60_000;

    private final SocketAddress behind;
    private final SplittableRandom random;
    private final Consumer<Faults> welcome;
    private final Selector selector;
    private final ProxyDoor door;
    private final Thread thread;
    private final ConcurrentLinkedQueue<FutureTask<@Nullable Void>> orders = new ConcurrentLinkedQueue<>();
    private final List<ProxiedConnection> connections = new ArrayList<>();
    private final ByteBuffer buffer = ProxyLane.buffer();
    private boolean ended;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicInteger lost = new AtomicInteger();

    /** @param welcome tells a new connection what happens to it */
    ProxyLoop(SocketAddress local, SocketAddress behind, long seed, Consumer<Faults> welcome) throws IOException {
        this.behind = behind;
        this.random = new SplittableRandom(seed);
        this.welcome = welcome;
        this.selector = Selector.open();
        try {
            this.door = new ProxyDoor(selector, local);
        } catch (IOException e) {
            selector.close();
            throw e;
        }
        this.thread = new Thread(this::run, "mailrouter-testkit-proxy-" + port());
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    int port() {
        return door.address().getPort();
    }

    long accepted() {
        return accepted.get();
    }

    int lost() {
        return lost.get();
    }

    /** Has something done between two moves, and returns when it was; at once when the loop has ended. */
    void tell(Runnable order) {
        if (Thread.currentThread() == thread) {
            order.run();
            return;
        }
        FutureTask<@Nullable Void> task = new FutureTask<>(order, null);
        synchronized (orders) {
            if (ended) {
                return;
            }
            orders.add(task);
            selector.wakeup();
        }
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the proxy could not do it", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns those that stand, in the order in which they came. To be called by the loop. */
    List<ProxiedConnection> standing() {
        return List.copyOf(connections);
    }

    void shut() {
        tell(() -> unchecked(door::shut));
    }

    void open() {
        tell(() -> unchecked(door::open));
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void unchecked(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void noteLost() {
        lost.incrementAndGet();
    }

    private void run() {
        try {
            long wait = Long.MAX_VALUE;
            while (!Thread.currentThread().isInterrupted()) {
                select(wait);
                for (FutureTask<?> order = orders.poll(); order != null; order = orders.poll()) {
                    order.run();
                }
                accept();
                wait = move();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            end();
        }
    }

    private void select(long nanos) throws IOException {
        // Rounded up: nothing is early, and nobody spins for less than a millisecond.
        long millis = Math.min(LONGEST_WAIT_MILLIS, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
        if (nanos <= 0) {
            selector.selectNow();
        } else {
            selector.select(millis);
        }
        selector.selectedKeys().clear();
    }

    private void accept() throws IOException {
        for (Optional<SocketChannel> client = door.next(); client.isPresent(); client = door.next()) {
            begin(client.get());
        }
    }

    private void begin(SocketChannel client) throws IOException {
        accepted.incrementAndGet();
        SocketChannel server = SocketChannel.open();
        try {
            ProxiedConnection connection =
                    new ProxiedConnection(this, selector, client, server, buffer, random.split());
            server.connect(behind);
            connections.add(connection);
            welcome.accept(connection);
        } catch (IOException e) {
            // The server is away: the client sees a connection that ends.
            FaultProxy.closeQuietly(client);
            FaultProxy.closeQuietly(server);
        }
    }

    private long move() {
        long wait = Long.MAX_VALUE;
        for (ProxiedConnection connection : connections) {
            if (!connection.isGone()) {
                wait = Math.min(wait, connection.step());
            }
        }
        // Sockets that were closed in this round are gone in fact after the next selection.
        return connections.removeIf(ProxiedConnection::isGone) ? 0 : wait;
    }

    private void end() {
        synchronized (orders) {
            ended = true;
        }
        connections.forEach(ProxiedConnection::end);
        door.close();
        FaultProxy.closeQuietly(selector);
        orders.forEach(FutureTask::run);
    }

    /** Ends the thread and every socket. */
    void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
