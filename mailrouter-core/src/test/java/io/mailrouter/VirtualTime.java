package io.mailrouter;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Passes only when told to; the wall clock can jump on its own. */
final class VirtualTime {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicLong nanos = new AtomicLong(1_000_000);
    private volatile Duration jump = Duration.ZERO;

    Time time() {
        return new Time(this::now, nanos::get);
    }

    Instant now() {
        return START.plusNanos(nanos.get()).plus(jump);
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    void jumpWallClock(Duration by) {
        jump = jump.plus(by);
    }
}
