package io.mailrouter.redis;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * What this node has counted of one provider since it started.
 *
 * <p>Safe to share between threads; counting takes no lock. The totals only grow, so that the difference of two
 * readings holds every attempt once, however many are counted meanwhile.
 */
final class Tally {

    /** What counts as slow: the same as the breaker's slow call. */
    static final Duration SLOW = Duration.ofSeconds(10);

    // The places in a reading. Their order is that of the script; all but the last fade with time.
    static final int ATTEMPTS = 0;
    static final int OK = 1;
    static final int UNAVAILABLE = 2;
    static final int AMBIGUOUS = 3;
    static final int THROTTLED = 4;
    static final int SLOW_ONES = 5;
    static final int LATENCY_NANOS = 6;
    static final int LATENCIES = 7;
    static final int USED = 8;

    private final LongAdder[] adders = new LongAdder[USED + 1];
    private final Queue<Returned> returned = new ConcurrentLinkedQueue<>();

    /**
     * Recipients that were granted and not sent to.
     *
     * @param hour when they were granted, as hours since 1970 by the server's clock
     */
    record Returned(long hour, long recipients) {}

    Tally() {
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
    }

    void record(Signal signal, Duration elapsed, int recipients) {
        add(ATTEMPTS, 1);
        switch (signal) {
            case OK -> {
                add(OK, 1);
                add(LATENCY_NANOS, nanos(elapsed));
                add(LATENCIES, 1);
            }
            case UNAVAILABLE -> add(UNAVAILABLE, 1);
            case AMBIGUOUS -> add(AMBIGUOUS, 1);
            case THROTTLED -> add(THROTTLED, 1);
            case NONE -> {}
        }
        if (elapsed.compareTo(SLOW) >= 0) {
            add(SLOW_ONES, 1);
        }
        if (recipients > 0) {
            add(USED, recipients);
        }
    }

    /** Counts recipients that were sent to without being granted. */
    void used(long recipients) {
        add(USED, recipients);
    }

    void giveBack(long hour, long recipients) {
        returned.add(new Returned(hour, recipients));
    }

    /** Returns what was given back since the last call. */
    List<Returned> returned() {
        List<Returned> all = new ArrayList<>(0);
        for (Returned one = returned.poll(); one != null; one = returned.poll()) {
            all.add(one);
        }
        return all;
    }

    /** Returns the totals so far, in the order of the constants above. */
    long[] totals() {
        long[] totals = new long[adders.length];
        for (int i = 0; i < adders.length; i++) {
            totals[i] = adders[i].sum();
        }
        return totals;
    }

    private void add(int place, long n) {
        adders[place].add(n);
    }

    /** Caps at an hour, so that no caller's mistake can make the sum run over. */
    private static long nanos(Duration elapsed) {
        if (elapsed.isNegative()) {
            return 0;
        }
        return elapsed.compareTo(Duration.ofHours(1)) > 0 ? Duration.ofHours(1).toNanos() : elapsed.toNanos();
    }
}
