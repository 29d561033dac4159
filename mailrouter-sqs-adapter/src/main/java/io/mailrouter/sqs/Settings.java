package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;

/** A consumer's configuration, checked. */
record Settings(
        int concurrency,
        int prefetch,
        int maxPollers,
        int batchSize,
        Duration waitTime,
        Duration visibility,
        double heartbeatAt,
        Duration maxLease,
        Policy policy,
        boolean pauseWhenUnavailable,
        Duration probeEvery,
        Duration deleteLinger,
        Duration intakeAhead,
        Optional<String> deadLetterQueueUrl,
        NoDeadLetterQueue ifNoDeadLetterQueue,
        Duration stopTimeout,
        boolean requireExplicitKey,
        FifoPolicy fifo) {

    Settings {
        atMost("visibility", visibility, "maxLease", maxLease);
        atMost("backoffBase", policy.backoffBase(), "backoffMax", policy.backoffMax());
    }

    /** How many messages may be held at a time. */
    int capacity() {
        return concurrency + prefetch;
    }

    static void atMost(String name, Duration value, String limitName, Duration limit) {
        if (value.compareTo(limit) > 0) {
            throw new IllegalArgumentException(
                    name + " is " + value + ": at most " + limitName + ", which is " + limit + ", is allowed");
        }
    }

    static int within(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ": " + min + " to " + max + " is needed");
        }
        return value;
    }

    static Duration within(String name, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ": " + min + " to " + max + " is needed");
        }
        return value;
    }

    /** The queue counts in whole seconds, and a fraction would be dropped in silence. */
    static Duration wholeSeconds(String name, Duration value, Duration min, Duration max) {
        if (!value.equals(Duration.ofSeconds(value.toSeconds()))) {
            throw new IllegalArgumentException(name + " is " + value + ": whole seconds are needed");
        }
        return within(name, value, min, max);
    }
}
