package io.mailrouter.health;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What this node has seen of one provider. Safe to share between threads, never blocks.
 *
 * <p>The latency is an exponentially weighted mean of accepted attempts with a time constant of 10 s, which jumps up
 * at once when an attempt takes more than twice as long. While there is none it goes back, in some ten seconds, to the
 * best that the mean ever was: a provider that was slow once would else be left alone for ever, for nobody would see
 * that it is not slow any more. The error rate says how much it fails lately: each failure adds its share of the
 * attempts, from 0.2 where they are few to 0.05 where they are many, up to 1; each accepted attempt takes such a share
 * of it off, and it decays with the same time constant.
 */
public final class ProviderHealth {

    static final double TAU_NANOS = Duration.ofSeconds(10).toNanos();

    /** What one failure adds to the error rate where attempts are rare: after five in a row there is no worse. */
    static final double FAILURE = 0.2;

    /** What it adds where they are many, lest a provider looked the worse the more it is used. */
    private static final double LEAST_FAILURE = 0.05;

    private final LongSupplier nanoTime;
    private final FleetNews news = new FleetNews();
    private volatile Mean mean = new Mean(0, 0, 0);
    private volatile int underWay;
    private volatile long waitingSince;
    private volatile Errors errors = new Errors(0, 0, 0);
    private long accepted;
    private long failed;

    private record Mean(double nanos, double best, long at) {

        double nanosAt(long now) {
            return relaxed(nanos, best, now - at);
        }

        Mean next(double sample, long now) {
            double last = nanosAt(now);
            if (last == 0 || sample > 2 * last) {
                double first = Math.max(1, sample);
                return new Mean(first, last == 0 ? first : best, now);
            }
            double weight = 1 - Math.exp(-Math.max(1, now - at) / TAU_NANOS);
            double next = last + weight * (sample - last);
            return new Mean(next, Math.min(best, next), now);
        }
    }

    /** How much it failed lately, and how many attempts say so, both of which fade. */
    private record Errors(double rate, double attempts, long at) {

        Errors after(boolean failed, long now) {
            double faded = fading(now);
            double weight = Math.max(LEAST_FAILURE, Math.min(FAILURE, 1 / (attempts * faded)));
            double before = rate * faded;
            double after = failed ? Math.min(1, before + weight) : before * (1 - weight);
            return new Errors(after, attempts * faded + 1, now);
        }

        double rateAt(long now) {
            return rate == 0 ? 0 : rate * fading(now);
        }

        private double fading(long now) {
            return Math.exp(-Math.max(0, now - at) / TAU_NANOS);
        }
    }

    /** What a latency that was seen so long ago says now: the longer ago, the nearer to the best, if one was seen. */
    private static double relaxed(double nanos, double best, long age) {
        return best == 0 || nanos <= best ? nanos : best + (nanos - best) * Math.exp(-Math.max(0, age) / TAU_NANOS);
    }

    /**
     * Begins without any knowledge.
     *
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public ProviderHealth(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes how a call ended whose attempt is over already, or was never told of. */
    public synchronized void record(Outcome outcome, Duration elapsed) {
        note(Signal.of(outcome), elapsed.toNanos(), nanoTime.getAsLong());
    }

    private void note(Signal signal, long elapsed, long now) {
        switch (signal) {
            case OK -> {
                accepted++;
                mean = mean.next((double) elapsed, now);
                errors = errors.after(false, now);
            }
            case UNAVAILABLE, AMBIGUOUS -> {
                failed++;
                errors = errors.after(true, now);
            }
            case THROTTLED, NONE -> {}
        }
    }

    /** Notes that an attempt begins; whatever comes of it, one of the two {@link #end} follows. */
    public synchronized void begin() {
        if (underWay++ == 0) {
            waitingSince = nanoTime.getAsLong();
        }
    }

    /** Notes the end of an attempt that was not made after all. */
    public synchronized void end() {
        end(nanoTime.getAsLong());
    }

    /** Notes the end of an attempt, and what it came to. */
    public synchronized void end(Outcome outcome, Duration elapsed) {
        long now = nanoTime.getAsLong();
        end(now);
        note(Signal.of(outcome), elapsed.toNanos(), now);
    }

    private synchronized void end(long now) {
        underWay--;
        waitingSince = now;
    }

    /** Returns how long some attempt under way has taken at least, for none has ended since; 0 if none is under way. */
    long waitingNanos(long now) {
        return underWay == 0 ? 0 : Math.max(0, now - waitingSince);
    }

    /** Forgets the latency and the error rate, as if there had been no attempt yet. The counts go on. */
    public synchronized void forget() {
        mean = new Mean(0, 0, 0);
        errors = new Errors(0, 0, 0);
    }

    /** Returns the mean time of an accepted attempt, zero before the first. */
    public Duration latency() {
        return Duration.ofNanos((long) latencyNanos(nanoTime.getAsLong()));
    }

    double latencyNanos(long now) {
        return mean.nanosAt(now);
    }

    /** What the fleet's latency says now, which is as old as the last attempt that anybody had accepted. */
    double fleetLatencyNanos(FleetSnapshot.Provider fleet, long takenAt, long now) {
        return relaxed((double) fleet.latency().toNanos(), mean.best, now - news.lastAccepted(fleet.ok(), takenAt));
    }

    /** How long ago the last attempt was accepted, in nanoseconds; without any it means nothing. */
    long latencyAgeNanos(long now) {
        return Math.max(0, now - mean.at);
    }

    /** Returns how much it fails lately, 0 to 1. */
    public double errorRate() {
        return errorRate(nanoTime.getAsLong());
    }

    double errorRate(long now) {
        return errors.rateAt(now);
    }

    /** Returns how many attempts were accepted since the start, in whole or in part. */
    public synchronized long accepted() {
        return accepted;
    }

    /** Returns how many attempts failed by the provider's fault or with an unknown end since the start. */
    public synchronized long failed() {
        return failed;
    }
}
