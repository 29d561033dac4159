package io.mailrouter.limit;

import java.util.function.LongSupplier;

/**
 * How many attempts may follow a first one that failed: a share of the sends, and some more in each second, so that a
 * general outage is not answered with three times the traffic. Safe to share between threads, never blocks.
 *
 * <p>What is not used is saved up for ten seconds' worth of the second part, 10 attempts at least: with the defaults
 * enough for a full bulkhead whose calls fail all at once, and too little for a calm day to pay for a storm.
 */
public final class FailoverBudget {

    private static final double SAVED_SECONDS = 10;
    private static final double LEAST_SAVED = 10;
    private static final double NANOS = 1e9;

    private final double perSend;
    private final double perSecond;
    private final double most;
    private final LongSupplier nanoTime;
    private double left;
    private long at;

    /**
     * Begins with as much as may be saved up of the second part.
     *
     * @param percent of the sends
     * @param perSecond how many in each second besides
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public FailoverBudget(double percent, double perSecond, LongSupplier nanoTime) {
        this.perSend = percent / 100;
        this.perSecond = perSecond;
        this.most = Math.max(LEAST_SAVED, SAVED_SECONDS * perSecond);
        this.nanoTime = nanoTime;
        this.left = SAVED_SECONDS * perSecond;
        this.at = nanoTime.getAsLong();
    }

    /** Notes the first attempt of a send. */
    public synchronized void earn() {
        add(perSend);
    }

    /** Returns whether another attempt may be made, which is counted then. */
    public synchronized boolean tryTake() {
        long now = nanoTime.getAsLong();
        add((now - at) / NANOS * perSecond);
        at = now;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }

    /** Takes back an attempt that was not made. */
    public synchronized void giveBack() {
        add(1);
    }

    private void add(double attempts) {
        left = Math.min(most, left + attempts);
    }
}
