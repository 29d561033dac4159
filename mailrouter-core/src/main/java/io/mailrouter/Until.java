package io.mailrouter;

import java.time.Duration;
import java.util.function.LongSupplier;

/** An end that several waits share. */
record Until(LongSupplier nanoTime, long end) {

    /** Is over; nobody waits, and no clock is asked. */
    static final Until NOW = new Until(() -> 0, 0);

    static Until in(Duration duration, Time time) {
        return new Until(time.nanoTime(), time.nanos() + duration.toNanos());
    }

    /** Returns how much is left, zero when it is over. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, end - nanoTime.getAsLong()));
    }
}
