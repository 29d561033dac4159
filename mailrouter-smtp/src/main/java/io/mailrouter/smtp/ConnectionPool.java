package io.mailrouter.smtp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps connections for the next message, and says how many there may be.
 *
 * <p>The one that was used last goes first, so that the others grow old. Nothing is said to a server under its lock.
 * Safe to share between threads.
 */
final class ConnectionPool implements AutoCloseable {

    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Semaphore places;
    private final Deque<Kept> kept = new ArrayDeque<>();
    private boolean closed;

    /** How many connections there may be, and how long each is good for. */
    record Limits(int connections, int messages, Duration age, Duration idle) {}

    private record Kept(SmtpConnection connection, long since) {}

    ConnectionPool(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.places = new Semaphore(limits.connections(), true);
    }

    /** Waits for a place, and says whether there was one. Whoever got one leaves it again. */
    boolean enter(Duration wait) throws InterruptedException {
        return places.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    void leave() {
        places.release();
    }

    /** Returns a connection that was kept, if one is still good. It belongs to the caller. */
    Optional<SmtpConnection> take() {
        List<SmtpConnection> old = new ArrayList<>();
        Optional<SmtpConnection> found = Optional.empty();
        synchronized (this) {
            while (found.isEmpty() && !kept.isEmpty()) {
                Kept last = kept.removeLast();
                if (isGood(last)) {
                    found = Optional.of(last.connection());
                } else {
                    old.add(last.connection());
                }
            }
        }
        old.forEach(SmtpConnection::quit);
        return found;
    }

    /** Keeps a connection for the next message, or ends it when it has served. */
    void give(SmtpConnection connection) {
        boolean keep;
        synchronized (this) {
            Kept now = new Kept(connection, nanoTime.getAsLong());
            keep = !closed && isGood(now);
            if (keep) {
                kept.addLast(now);
            }
        }
        if (!keep) {
            connection.quit();
        }
    }

    private boolean isGood(Kept one) {
        long now = nanoTime.getAsLong();
        return one.connection().messages() < limits.messages()
                && now - one.connection().openedAt() < limits.age().toNanos()
                && now - one.since() < limits.idle().toNanos();
    }

    /** Ends those that are too old. */
    void sweep() {
        List<SmtpConnection> old = new ArrayList<>();
        synchronized (this) {
            kept.removeIf(one -> {
                boolean over = !isGood(one);
                if (over) {
                    old.add(one.connection());
                }
                return over;
            });
        }
        old.forEach(SmtpConnection::quit);
    }

    /** Ends all that are kept; one was dead, so the others are likely to be. */
    void clear() {
        List<SmtpConnection> all;
        synchronized (this) {
            all = kept.stream().map(Kept::connection).toList();
            kept.clear();
        }
        all.forEach(SmtpConnection::quit);
    }

    /** Ends all that are kept, and keeps none from now on. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        clear();
    }
}
