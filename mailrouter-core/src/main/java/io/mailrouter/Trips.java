package io.mailrouter;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * For how long a provider is left alone: twice as long after each trip in a row, and half of it is chance, so that a fleet
 * does not come back all at once. Not safe to share between threads.
 */
final class Trips {

    private final BreakerSettings settings;
    private final RandomGenerator random;
    private int inARow;

    /**
     * A time to be left alone.
     *
     * @param whole for any email
     * @param least for one that has nobody else
     */
    record Rest(Duration whole, Duration least) {}

    Trips(BreakerSettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    /** Notes a trip. */
    Rest next() {
        long doubled = settings.openFor().toMillis() << Math.min(inARow++, 20);
        long most = Math.min(doubled, settings.maxOpenFor().toMillis());
        return new Rest(Duration.ofMillis(random.nextLong(most / 2, most + 1)), Duration.ofMillis(most / 2));
    }

    /** The next one is the first of a row. */
    void endRow() {
        inARow = 0;
    }
}
