package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Optional;

/** For how long the queue has had nothing for us: polls came back empty and no message is held. */
final class Idleness {

    private final Leases leases;
    private final Surroundings around;
    private boolean idle;
    private long since;

    Idleness(Leases leases, Surroundings around) {
        this.leases = leases;
        this.around = around;
    }

    /** Notes a poll that came to its end. An empty one shows that there was nothing from its beginning on. */
    synchronized void polled(long begin, int messages) {
        if (messages > 0 || leases.count() > 0) {
            idle = false;
        } else if (!idle) {
            idle = true;
            since = begin;
        }
    }

    /** Returns how long, or nothing while a message is held or the last poll brought one. */
    synchronized Optional<Duration> time() {
        return idle && leases.count() == 0 ? Optional.of(Duration.ofNanos(around.nanos() - since)) : Optional.empty();
    }
}
