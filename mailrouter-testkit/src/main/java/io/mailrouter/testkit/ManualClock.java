package io.mailrouter.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until a test moves it: the wall clock and the monotonic one in one.
 *
 * <p>Hand it to {@code EmailService.builder().time(clock, clock::nanoTime)}. Safe to share between threads.
 */
public final class ManualClock implements InstantSource {

    private final Instant start;
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicLong jumped = new AtomicLong();

    private ManualClock(Instant start) {
        this.start = start;
    }

    /** Returns a clock that shows this time. */
    public static ManualClock at(Instant start) {
        return new ManualClock(start);
    }

    /** Returns what the wall clock shows. */
    @Override
    public Instant instant() {
        return start.plusNanos(nanos.get()).plusNanos(jumped.get());
    }

    /** Returns the reading of the monotonic clock in nanoseconds, 0 at first. */
    public long nanoTime() {
        return nanos.get();
    }

    /**
     * Lets time pass on both clocks.
     *
     * @throws IllegalArgumentException when the time is negative: time does not go back
     */
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time is " + time + ": use jump to set the wall clock back");
        }
        nanos.addAndGet(time.toNanos());
    }

    /** Sets the wall clock forward or back, as an administrator might; the monotonic clock does not notice. */
    public void jump(Duration by) {
        jumped.addAndGet(by.toNanos());
    }

    /** Returns what the wall clock shows. */
    @Override
    public String toString() {
        return "ManualClock[" + instant() + "]";
    }
}
