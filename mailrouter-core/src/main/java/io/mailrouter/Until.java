package io.mailrouter;

import java.time.Duration;

/** An end that several waits share. */
record Until(Time time, long end) {

    static Until in(Duration duration, Time time) {
        return new Until(time, time.nanos() + duration.toNanos());
    }

    /** Returns how much is left, zero when it is over. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, end - time.nanos()));
    }
}
