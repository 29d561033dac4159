package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.sqs.ConsumerStats;
import io.mailrouter.sqs.SqsEmailConsumer;
import java.util.Optional;

/** A queue's name with its consumer. */
record Drain(String queue, SqsEmailConsumer consumer, PollTrouble trouble) {

    /** Returns {@code up}, or what keeps messages in the queue. */
    String state() {
        ConsumerStats stats = consumer.stats();
        if (!consumer.isRunning()) {
            return "stopped";
        }
        return stats.failing() ? "failing" : stats.paused() ? "paused" : "up";
    }

    /** Says why it is not up. */
    Optional<String> reason() {
        return switch (state()) {
            case "up" -> Optional.empty();
            case "stopped" -> Optional.of("the consumer does not run: the log says why");
            case "paused" -> Optional.of("no provider is usable");
            default -> Optional.of("the queue cannot be asked: " + trouble.code());
        };
    }

    /** Writes down the counts since the start. */
    static ObjectNode put(ObjectNode node, ConsumerStats stats) {
        return node.put("received", stats.received())
                .put("deleted", stats.deleted())
                .put("returned", stats.returned())
                .put("deadLettered", stats.deadLettered())
                .put("deleteLost", stats.deleteLost())
                .put("leaseLost", stats.leaseLost())
                .put("pollFailures", stats.pollFailures());
    }
}
