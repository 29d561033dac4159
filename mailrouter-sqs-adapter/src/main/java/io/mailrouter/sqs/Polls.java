package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.sqs.model.Message;

/** What the polls have shown of the queue: whether it answers, and for how long it has had nothing for us. */
final class Polls {

    private final Leases leases;
    private final Surroundings around;
    private final QueueAge age;
    private volatile boolean failing;
    private boolean idle;
    private long since;

    Polls(Leases leases, Surroundings around) {
        this.leases = leases;
        this.around = around;
        this.age = new QueueAge(around.clock());
    }

    void failed() {
        failing = true;
    }

    /** Notes a poll that came to its end. An empty one shows that there was nothing from its beginning on. */
    synchronized void ended(long begin, List<Message> messages) {
        failing = false;
        age.polled(messages);
        if (!messages.isEmpty() || leases.count() > 0) {
            idle = false;
        } else if (!idle) {
            idle = true;
            since = begin;
        }
    }

    /** Says whether the last one failed. */
    boolean isFailing() {
        return failing;
    }

    /** Returns how far behind the queue is. */
    Duration age() {
        return age.now();
    }

    /** Returns for how long there was nothing, or nothing while a message is held or the last poll brought one. */
    synchronized Optional<Duration> idleFor() {
        return idle && leases.count() == 0 ? Optional.of(Duration.ofNanos(around.nanos() - since)) : Optional.empty();
    }
}
