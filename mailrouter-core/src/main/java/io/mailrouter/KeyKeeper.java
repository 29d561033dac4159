package io.mailrouter;

import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renews the leases of a service's keys while their providers work, and writes down later what could not be written at
 * once. One daemon thread for all keys.
 */
final class KeyKeeper {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final Duration LONGEST_TICK = Duration.ofSeconds(1);
    private static final Duration WORTH_KEEPING = Duration.ofMinutes(10);
    private static final int MAX_PENDING = 10_000;
    private static final int TICKS_PER_LEASE = 8;

    /** So many ends may be under way that nobody waits for; what comes on top is written down soon. */
    private static final int AT_ONCE = 500;

    /** What could not be written down by the end is tried for no longer than this. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final GuardedStore store;
    private final Collection<Holding> holdings;
    private final Duration storeTime;
    private final Time time;
    private final long tickNanos;
    private final Map<Ticket, Pending> pending = new ConcurrentHashMap<>();
    private final Map<Ticket, CompletableFuture<Boolean>> underWay = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /** Nobody waits for a store that does not answer, until it has written something down again. */
    private volatile boolean away;

    private volatile boolean ended;

    private record Pending(Settlement settlement, long since, int failures) {}

    /** @param holdings a live view of the keys that are held now */
    KeyKeeper(GuardedStore store, Collection<Holding> holdings, Duration lease, Duration storeTime, Time time) {
        this.store = store;
        this.holdings = holdings;
        this.storeTime = storeTime;
        this.time = time;
        this.tickNanos = Math.min(LONGEST_TICK.toNanos(), lease.toNanos() / TICKS_PER_LEASE);
        this.thread = new Thread(this::run, "mailrouter-keys");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed.await(tickNanos, TimeUnit.NANOSECONDS)) {
                tick();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /** A store that fails once fails for all keys now; the next tick asks it again. */
    private void tick() {
        try {
            renew();
            writeDown(Duration.ofNanos(tickNanos));
        } catch (StoreUnavailableException notNow) {
            log.debug("The idempotency store {}", notNow.getMessage());
        }
    }

    private void renew() {
        for (Holding holding : holdings) {
            long now = time.nanos();
            if (holding.needsRenewal(now)) {
                if (store.renew(holding.ticket(), storeTime)) {
                    holding.granted(now);
                } else {
                    holding.lost();
                }
            }
        }
    }

    /**
     * What has failed before waits behind the others, so that one bad record does not hold them up; and all together they
     * hold up the leases only so long.
     */
    private void writeDown(Duration most) {
        Until end = Until.in(most, time);
        List<Map.Entry<Ticket, Pending>> all = new ArrayList<>(pending.entrySet());
        all.sort(Comparator.comparingInt(one -> one.getValue().failures));
        for (Map.Entry<Ticket, Pending> one : all) {
            if (end.left().isZero()) {
                return;
            }
            writeDown(one.getKey(), one.getValue());
        }
    }

    private void writeDown(Ticket ticket, Pending one) {
        if (time.since(one.since).compareTo(WORTH_KEEPING) < 0) {
            try {
                store.settle(ticket, one.settlement, storeTime);
            } catch (StoreUnavailableException notNow) {
                pending.replace(ticket, one, new Pending(one.settlement, one.since, one.failures + 1));
                throw notNow;
            }
            away = false;
        } else {
            log.debug("A key was not written down for {} and is left to its lease", WORTH_KEEPING);
        }
        pending.remove(ticket, one);
    }

    /**
     * Writes down how a send ended: now, without waiting where the store allows that, or soon if that fails. A crash in
     * between leaves the key to its lease, and its email is unknown then.
     */
    void settle(Ticket ticket, Settlement settlement, Duration within) {
        pending.remove(ticket);
        underWay.remove(ticket);
        if ((away && pending.size() < MAX_PENDING) || !places.tryAcquire()) {
            later(ticket, settlement);
            return;
        }
        CompletableFuture<Boolean> end = store.settleAsync(ticket, settlement, within);
        underWay.put(ticket, end);
        CompletableFuture<Void> unused = end.handle((written, failure) -> {
            ended(ticket, settlement, end, failure != null);
            return null;
        });
    }

    /** An end that failed is not written later where a newer one of the same send has come meanwhile. */
    private void ended(Ticket ticket, Settlement settlement, CompletableFuture<Boolean> end, boolean failed) {
        boolean last = underWay.remove(ticket, end);
        if (failed) {
            away = true;
            if (last && hasRoom()) {
                pending.putIfAbsent(ticket, new Pending(settlement, time.nanos(), 0));
            }
        }
        places.release();
    }

    /** Writes down later how a send ended; with too many waiting, the lease ends by itself and the key is ambiguous. */
    void later(Ticket ticket, Settlement settlement) {
        if (hasRoom()) {
            pending.put(ticket, new Pending(settlement, time.nanos(), 0));
        }
    }

    private boolean hasRoom() {
        return pending.size() < MAX_PENDING && !ended;
    }

    /** Ends the thread, waits for what is under way, tries once more to write down what is left, and gives up. */
    void close() {
        closed.countDown();
        thread.interrupt();
        try {
            thread.join(storeTime.toMillis() + 1);
            if (!places.tryAcquire(AT_ONCE, storeTime.toMillis() + 1, TimeUnit.MILLISECONDS)) {
                log.debug("Some keys are still being written down");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended = true;
        try {
            writeDown(LAST_WORDS);
        } catch (StoreUnavailableException away) {
            log.debug("{} keys are left to their leases", pending.size());
        }
    }
}
