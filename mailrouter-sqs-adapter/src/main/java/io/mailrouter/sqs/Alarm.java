package io.mailrouter.sqs;

import java.time.Duration;

/** Runs something short later, on a thread of its own. */
@FunctionalInterface
interface Alarm {

    void after(Duration time, Runnable task);
}
