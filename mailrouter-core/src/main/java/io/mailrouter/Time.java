package io.mailrouter;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks: the wall clock tells people when, the monotonic one decides.
 *
 * @param clock the wall clock
 * @param nanoTime the monotonic clock in nanoseconds
 */
record Time(InstantSource clock, LongSupplier nanoTime) {

    static Time system() {
        return new Time(InstantSource.system(), System::nanoTime);
    }

    long nanos() {
        return nanoTime.getAsLong();
    }

    Instant now() {
        return clock.instant();
    }

    Duration since(long start) {
        return Duration.ofNanos(nanos() - start);
    }
}
