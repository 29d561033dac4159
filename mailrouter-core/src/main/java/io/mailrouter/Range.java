package io.mailrouter;

import java.time.Duration;

/** Checks values of a configuration; the errors name the setting, its value and its range. */
final class Range {

    /** Longer than any email is worth waiting for, and far from where a count of nanoseconds overflows. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private Range() {}

    static int within(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ": " + least + " to " + most + " is needed");
        }
        return value;
    }

    static double within(String field, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(field + " is " + value + ": " + least + " to " + most + " is needed");
        }
        return value;
    }

    static long within(String field, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ": " + least + " to " + most + " is needed");
        }
        return value;
    }

    static Duration positive(String field, Duration value) {
        return within(field, value, Duration.ofMillis(1));
    }

    static Duration notNegative(String field, Duration value) {
        return within(field, value, Duration.ZERO);
    }

    static Duration within(String field, Duration value, Duration least) {
        return within(field, value, least, LONGEST);
    }

    static Duration within(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(field + " is " + value + ": " + least + " to " + most + " is needed");
        }
        return value;
    }
}
