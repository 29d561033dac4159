package io.mailrouter.redis;

import java.time.Duration;

/** How a node follows the suppression list in Redis. Not safe to share between threads. */
public final class SuppressionListSettings {

    private static final Duration LEAST = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofDays(1);

    private Duration readEvery = Duration.ofMinutes(10);

    SuppressionListSettings() {}

    /**
     * Sets how often this node reads the whole list, give or take 20 %; 10 min if not said. Additions and removals are
     * known after an exchange or two all the same; this only forgets who is no longer on it.
     *
     * @throws IllegalArgumentException when it is not 1 s to 1 d
     */
    public SuppressionListSettings readEvery(Duration value) {
        if (value.compareTo(LEAST) < 0 || value.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("readEvery is " + value + ": " + LEAST + " to " + MOST + " is possible");
        }
        readEvery = value;
        return this;
    }

    Duration readEvery() {
        return readEvery;
    }
}
