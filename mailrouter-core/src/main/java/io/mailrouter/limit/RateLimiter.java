package io.mailrouter.limit;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Spreads what one provider is asked for, so that it is not asked for more recipients in a second than its rate.
 *
 * <p>Safe to share between threads. It never blocks, but says how long to wait: whoever is given a time has it for sure,
 * those who come later come after it, and those who do not wait pass only where nobody waits. A tenth of a second's worth
 * may be asked for at once, at least one recipient, so that the worst second holds 110 % of the rate. An email with more
 * recipients than that passes when so much is free, and the others wait until it is paid for.
 *
 * <p>A provider that asks for a pause gets 70 % of what it got until then, at least 5 % of its rate, and 5 % more every
 * 10 s. Without a known rate nothing is spread, and the pause acts alone.
 */
public final class RateLimiter {

    private static final double BURST_SECONDS = 0.1;
    private static final double CUT = 0.7;
    private static final double STEP = 0.05;
    private static final double STEP_NANOS = Duration.ofSeconds(10).toNanos();
    private static final double NANOS = 1e9;

    private final LongSupplier nanoTime;
    private OptionalDouble configured;
    private OptionalDouble found = OptionalDouble.empty();
    private double free;
    private long at;
    private long lastSlot;
    private double cutTo = 1;
    private long cutAt;
    private int among = 1;
    private volatile boolean bounded;

    /**
     * A turn.
     *
     * @param in how long to wait for it, from when it was given
     * @param number which turn it is
     * @param recipients what it was given for
     */
    public record Slot(Duration in, long number, long recipients) {}

    /**
     * Begins with a full burst.
     *
     * @param recipientsPerSecond the rate, more than 0; empty for no bound
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public RateLimiter(OptionalDouble recipientsPerSecond, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.configured = recipientsPerSecond;
        this.at = nanoTime.getAsLong();
        this.cutAt = at;
        this.bounded = recipientsPerSecond.isPresent();
        this.free = burst();
    }

    /** Sets another rate than the one it began with; empty for no bound. */
    public synchronized void configure(OptionalDouble recipientsPerSecond) {
        change(() -> configured = recipientsPerSecond);
    }

    /** Sets the rate that was found at the service; the smaller one of this and the configured one counts. */
    public synchronized void found(OptionalDouble recipientsPerSecond) {
        change(() -> found = recipientsPerSecond);
    }

    private void change(Runnable change) {
        refill();
        boolean wasBounded = bounded;
        change.run();
        bounded = base().isPresent();
        free = wasBounded ? Math.min(free, burst()) : burst();
    }

    /** Gives no more from now on than one of so many nodes may have that share the rate. */
    synchronized void divide(int nodes) {
        if (nodes != among) {
            refill();
            among = nodes;
            free = Math.min(free, burst());
        }
    }

    /** Says whether any rate is known. */
    public boolean isBounded() {
        return bounded;
    }

    /** Gives the whole rate again, whatever pauses were asked for. */
    public synchronized void forgetPauses() {
        refill();
        cutTo = 1;
    }

    /** Returns a turn, unless it is further away than that. */
    public Optional<Slot> reserve(long recipients, Duration atMost) {
        if (!bounded) {
            return Optional.of(new Slot(Duration.ZERO, 0, recipients));
        }
        synchronized (this) {
            Duration wait = waitFor(recipients);
            if (wait.compareTo(atMost) > 0) {
                return Optional.empty();
            }
            free -= recipients;
            lastSlot++;
            return Optional.of(new Slot(wait, lastSlot, recipients));
        }
    }

    /** Takes a turn back that was not used. If others come after it they keep their times, and it is lost. */
    public synchronized void giveBack(Slot slot) {
        if (slot.number() == lastSlot && bounded) {
            free += slot.recipients();
        }
    }

    /** Returns how long one would have to wait for a turn, without any effect. */
    public Duration opensIn(long recipients) {
        if (!bounded) {
            return Duration.ZERO;
        }
        synchronized (this) {
            return waitFor(recipients);
        }
    }

    private Duration waitFor(long recipients) {
        refill();
        double missing = Math.min((double) recipients, burst()) - free;
        return missing <= 0 ? Duration.ZERO : Duration.ofNanos((long) Math.ceil(missing * NANOS * among / rate()));
    }

    /**
     * Notes that the service asked for a pause. Answers to calls that had begun before the last cut change nothing: they
     * were made at the rate that was cut.
     *
     * @param begun when the call began, on the monotonic clock
     */
    public synchronized void throttled(long begun) {
        if (!bounded || (cutTo < 1 && begun - cutAt < 0)) {
            return;
        }
        refill();
        cutTo = Math.max(STEP, part() * CUT);
        cutAt = nanoTime.getAsLong();
        free = Math.min(free, burst());
    }

    /** Returns how many recipients may be asked for in a second now; empty if no rate is known. */
    public synchronized OptionalDouble perSecond() {
        return bounded ? OptionalDouble.of(rate()) : OptionalDouble.empty();
    }

    private void refill() {
        long now = nanoTime.getAsLong();
        if (bounded) {
            free = Math.min(burst(), free + (now - at) / NANOS * rate() / among);
        }
        at = now;
    }

    private double burst() {
        return Math.max(1, rate() * BURST_SECONDS / among);
    }

    private double rate() {
        return base().orElse(0) * part();
    }

    private OptionalDouble base() {
        return found.isPresent() && configured.isPresent()
                ? OptionalDouble.of(Math.min(found.getAsDouble(), configured.getAsDouble()))
                : found.isPresent() ? found : configured;
    }

    /** Returns which part of the rate is in force: steps, so that it does not creep between two looks. */
    private double part() {
        return cutTo < 1 ? Math.min(1, cutTo + STEP * Math.floor((nanoTime.getAsLong() - cutAt) / STEP_NANOS)) : 1;
    }
}
