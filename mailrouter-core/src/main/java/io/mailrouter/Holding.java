package io.mailrouter;

import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A key that a send of this node has asked for, and what the other sends of it on this node wait for. */
final class Holding {

    private final Ticket ticket;
    private final CompletableFuture<SendResult> result = new CompletableFuture<>();
    private volatile boolean granted;
    private volatile long renewedAt;

    Holding(Ticket ticket, long now) {
        this.ticket = ticket;
        this.renewedAt = now;
    }

    Ticket ticket() {
        return ticket;
    }

    /** What the one that sends comes to; completes normally whatever happens. */
    CompletableFuture<SendResult> result() {
        return result;
    }

    /** Notes a lease that began at a reading of the clock. */
    void granted(long at) {
        renewedAt = at;
        granted = true;
    }

    void lost() {
        granted = false;
    }

    boolean needsRenewal(long now) {
        return granted && now - renewedAt >= ticket.lease().toNanos() / 2;
    }

    /** Returns how long its lease lasts if it is not renewed any more. */
    Duration left(long now) {
        return Duration.ofNanos(Math.max(0, ticket.lease().toNanos() - (now - renewedAt)));
    }
}
