package io.mailrouter.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Ends one attempt from outside, by closing the socket that it waits for. Safe to share between threads. */
final class Watch implements AutoCloseable {

    private final Consumer<Watch> atClose;
    private final List<Future<?>> tasks = new ArrayList<>();
    private Optional<BoundedSocket> watched = Optional.empty();
    private String endedBy = "";

    Watch(Consumer<Watch> atClose) {
        this.atClose = atClose;
    }

    synchronized void with(Future<?> task) {
        tasks.add(task);
    }

    /** Sets the socket to be closed; one that comes too late is closed at once. */
    synchronized void over(BoundedSocket socket) {
        watched = Optional.of(socket);
        if (!endedBy.isEmpty()) {
            socket.drop();
        }
    }

    synchronized void end(String reason) {
        if (endedBy.isEmpty()) {
            endedBy = reason;
            watched.ifPresent(BoundedSocket::drop);
        }
    }

    /** Returns why it was ended: {@code timeout}, {@code interrupted}, {@code closed}; empty if it was not. */
    synchronized String endedBy() {
        return endedBy;
    }

    /** Lets go of the socket. */
    @Override
    public synchronized void close() {
        watched = Optional.empty();
        tasks.forEach(task -> task.cancel(false));
        atClose.accept(this);
    }
}
