package io.mailrouter;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
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

    /** Returns a clock for a library that wants one, driven by the monotonic time, so that no jump reaches it. */
    Clock steadyClock() {
        Instant start = clock.instant();
        long nanos = nanos();
        return new Clock() {
            @Override
            public Instant instant() {
                return start.plusNanos(nanos() - nanos);
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
    }
}
