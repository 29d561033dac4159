package io.mailrouter.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Ends one attempt from outside, by ending what it waits for, a socket above all. Safe to share between threads. */
final class Watch implements AutoCloseable {

    private final Consumer<Watch> atClose;
    private final List<Future<?>> tasks = new ArrayList<>();
    private Optional<Runnable> watched = Optional.empty();
    private String endedBy = "";

    Watch(Consumer<Watch> atClose) {
        this.atClose = atClose;
    }

    synchronized void with(Future<?> task) {
        tasks.add(task);
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
        tasks.forEach(task -> task.cancel(false));
        atClose.accept(this);
    }
}
