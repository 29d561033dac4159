package io.mailrouter;

import java.time.Duration;

/** Waits, on the calling thread. */
@FunctionalInterface
interface Pause {

    void await(Duration time) throws InterruptedException;
}
