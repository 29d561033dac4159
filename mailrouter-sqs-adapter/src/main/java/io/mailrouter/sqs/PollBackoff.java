package io.mailrouter.sqs;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait after failed polls: 1 s doubling to 30 s, half of it chance; 10 s for what somebody must mend. */
final class PollBackoff {

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration FOR_GOOD = Duration.ofSeconds(10);

    private final RandomGenerator random;
    private int failures;

    PollBackoff(RandomGenerator random) {
        this.random = random;
    }

    Duration next(boolean forGood) {
        failures++;
        if (forGood) {
            return FOR_GOOD;
        }
        long ceiling = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(failures - 1, 10));
        return Duration.ofMillis(random.nextLong(ceiling / 2, ceiling + 1));
    }

    void succeeded() {
        failures = 0;
    }
}
