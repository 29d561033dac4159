package io.mailrouter.health;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What this node has seen of one provider. Safe to share between threads, never blocks.
 *
 * <p>The latency is an exponentially weighted mean of accepted attempts with a time constant of 10 s, which jumps up
 * at once when an attempt takes more than twice as long. Where no attempt follows, it fades with the same time constant
 * to what is usual, a mean of some ten minutes: a provider that nobody asks any more because it was slow once must not be
 * taken for slow for ever. The error rate says how much it fails
 * lately: 0.2 for each failure, at most 1, decaying with the same time constant.
 */
public final class ProviderHealth {

    static final double TAU_NANOS = Duration.ofSeconds(10).toNanos();

    /** How long a bad time must last to become usual, and what one attempt can add to it at most. */
    private static final double USUAL_TAU_NANOS = Duration.ofMinutes(10).toNanos();

    private static final double MOST_OF_USUAL = 0.05;

    /** What one failure adds to the error rate: after five in a row there is no worse. */
    static final double FAILURE = 0.2;

    private final LongSupplier nanoTime;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile Mean mean = new Mean(0, 0, 0, 0);
    private volatile Errors errors = new Errors(0, 0);

    /** The latest mean, and the usual one of some ten minutes, which a short bad time hardly moves. */
    private record Mean(double nanos, double usual, long samples, long at) {

        Mean after(double sample, long now) {
            long passed = Math.max(1, now - at);
            boolean jumps = samples == 0 || sample > 2 * nanos;
            double weight = jumps ? 1 : 1 - Math.exp(-passed / TAU_NANOS);
            double share = Math.max(1.0 / (samples + 1), Math.min(MOST_OF_USUAL, passed / USUAL_TAU_NANOS));
            return new Mean(
                    Math.max(1, nanos + weight * (sample - nanos)), usual + share * (sample - usual), samples + 1, now);
        }

        /** What was seen long ago says ever less; what is usual is then the better guess. */
        double nanosAt(long now) {
            return usual + (nanos - usual) * Math.exp(-Math.max(0, now - at) / TAU_NANOS);
        }
    }

    private record Errors(double rate, long at) {

        double rateAt(long now) {
            return rate == 0 ? 0 : rate * Math.exp(-Math.max(0, now - at) / TAU_NANOS);
        }
    }

    /**
     * Begins without any knowledge.
     *
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public ProviderHealth(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes the end of an attempt. */
    public void record(Outcome outcome, Duration elapsed) {
        switch (Signal.of(outcome)) {
            case OK -> {
                accepted.increment();
                noteLatency(elapsed.toNanos());
            }
            case UNAVAILABLE, AMBIGUOUS -> {
                failed.increment();
                noteFailure();
            }
            case THROTTLED, NONE -> {}
        }
    }

    private synchronized void noteLatency(long nanos) {
        mean = mean.after((double) nanos, nanoTime.getAsLong());
    }

    private synchronized void noteFailure() {
        long now = nanoTime.getAsLong();
        errors = new Errors(Math.min(1, errors.rateAt(now) + FAILURE), now);
    }

    /** Returns the mean time of an accepted attempt, zero before the first. */
    public Duration latency() {
        return Duration.ofNanos((long) mean.nanos);
    }

    /** Returns what the next attempt is likely to take, 0 before the first was accepted. */
    double latencyNanos(long now) {
        return mean.nanosAt(now);
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
    public long accepted() {
        return accepted.sum();
    }

    /** Returns how many attempts failed by the provider's fault or with an unknown end since the start. */
    public long failed() {
        return failed.sum();
    }
}
