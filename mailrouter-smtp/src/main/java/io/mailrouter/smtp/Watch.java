package io.mailrouter.smtp;

import java.util.Optional;
import java.util.function.Consumer;

/** Ends one attempt from outside, by ending what it waits for, a socket above all. Safe to share between threads. */
final class Watch implements AutoCloseable {

    private final Thread caller;
    private final long deadline;
    private final Consumer<Watch> atClose;
    private Optional<Runnable> watched = Optional.empty();
    private String endedBy = "";

    /**
     * @param caller whose interrupt ends the attempt
     * @param deadline the reading of {@link System#nanoTime()} that ends it
     */
    Watch(Thread caller, long deadline, Consumer<Watch> atClose) {
        this.caller = caller;
        this.deadline = deadline;
        this.atClose = atClose;
    }

    /** Ends the attempt if its time is over or its thread interrupted. */
    void look() {
        if (System.nanoTime() - deadline >= 0) {
            end("timeout");
        } else if (caller.isInterrupted()) {
            end("interrupted");
        }
    }

    /** Sets how to end what the attempt waits for now; what comes too late is ended at once. */
    synchronized void over(Runnable end) {
        watched = Optional.of(end);
        if (!endedBy.isEmpty()) {
            end.run();
        }
    }

    /** Says whether it was not ended, and leaves it alone from now on. */
    synchronized boolean letGo() {
        watched = Optional.empty();
        return endedBy.isEmpty();
    }

    synchronized void end(String reason) {
        if (endedBy.isEmpty()) {
            endedBy = reason;
            watched.ifPresent(Runnable::run);
        }
    }

    /** Returns why it was ended: {@code timeout}, {@code interrupted}, {@code closed}; empty if it was not. */
    synchronized String endedBy() {
        return endedBy;
    }

    /** Leaves it alone. */
    @Override
    public synchronized void close() {
        watched = Optional.empty();
        atClose.accept(this);
    }
}
