package io.mailrouter.limit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * Days or months, UTC, one after the other. The monotonic clock decides when one ends, so that a jump of the wall clock
 * neither loses nor doubles one; at each end the wall clock says when the next ends: where it would, give or take half of
 * it. Not safe to share between threads.
 */
final class Calendar {

    private final ChronoUnit unit;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private Instant ends;
    private long endsAt;

    /** @param unit DAYS or MONTHS */
    Calendar(ChronoUnit unit, InstantSource clock, LongSupplier nanoTime) {
        this.unit = unit;
        this.clock = clock;
        this.nanoTime = nanoTime;
        Instant now = clock.instant();
        this.ends = next(now);
        this.endsAt = nanoTime.getAsLong() + nanos(now, ends);
    }

    /** Returns whether another day or month has begun since the last question. */
    boolean turned() {
        long now = nanoTime.getAsLong();
        if (now - endsAt < 0) {
            return false;
        }
        Instant wall = clock.instant();
        Instant steady = ends.plusNanos(now - endsAt);
        ends = nearest(wall.plusNanos(nanos(steady, next(steady))));
        if (!ends.isAfter(wall)) {
            ends = next(wall);
        }
        endsAt = now + nanos(wall, ends);
        return true;
    }

    Instant ends() {
        return ends;
    }

    /** Says whether a reading of the monotonic clock is from this day or month, or from one after it. */
    boolean hasBegunBy(long nanos) {
        return nanos - endsAt + nanos(start(ends.minusNanos(1)), ends) >= 0;
    }

    /** Returns the day or the first day of the month that it is. */
    LocalDate date() {
        return start(ends.minusNanos(1)).atOffset(ZoneOffset.UTC).toLocalDate();
    }

    /** Returns which part of the day or month is left, 0 to 1. */
    double left() {
        double all = (double) nanos(start(ends.minusNanos(1)), ends);
        return Math.max(0, Math.min(1, (double) (endsAt - nanoTime.getAsLong()) / all));
    }

    private Instant nearest(Instant moment) {
        Instant before = start(moment);
        Instant after = next(moment);
        return nanos(before, moment) <= nanos(moment, after) ? before : after;
    }

    private Instant start(Instant moment) {
        LocalDate date = moment.atOffset(ZoneOffset.UTC).toLocalDate();
        return (unit == ChronoUnit.MONTHS ? date.withDayOfMonth(1) : date)
                .atStartOfDay()
                .toInstant(ZoneOffset.UTC);
    }

    private Instant next(Instant moment) {
        return start(moment).atOffset(ZoneOffset.UTC).plus(1, unit).toInstant();
    }

    private static long nanos(Instant from, Instant to) {
        return Duration.between(from, to).toNanos();
    }
}
