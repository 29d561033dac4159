package io.mailrouter.sqs;

import java.time.Duration;

/** Lets time pass. */
@FunctionalInterface
interface Waiting {

    /** Waits that long, or less when the consumer stops or the thread is interrupted, which keeps its flag. */
    void await(Duration time);
}
