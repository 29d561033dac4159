package io.mailrouter.sqs;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Time and chance, which come in from outside.
 *
 * @param clock the wall clock, for what the queue dates by it
 * @param nanoTime the monotonic clock, which decides
 * @param random the source of jitter, safe to share between threads
 */
record Surroundings(InstantSource clock, LongSupplier nanoTime, RandomGenerator random) {

    Instant now() {
        return clock.instant();
    }

    long nanos() {
        return nanoTime.getAsLong();
    }
}
