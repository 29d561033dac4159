package io.mailrouter;

import java.time.Duration;

/** Runs a task again and again beside the sends. */
@FunctionalInterface
interface Beat {

    /**
     * Runs the task soon and then again with this pause between the runs, on a thread that keeps no JVM alive.
     *
     * @return ends it: interrupts a run under way and waits a moment for it
     */
    AutoCloseable every(Duration pause, Runnable task);
}
