package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.ProviderStatus;
import io.mailrouter.sqs.ConsumerStats;
import io.mailrouter.sqs.StopReport;
import java.util.List;

/** What a runner did, from its start to its stop. */
record Totals(List<Queue> queues, List<ProviderStatus> providers) {

    /** One queue's counts. */
    record Queue(String name, ConsumerStats stats, StopReport report) {}

    /** Says whether every message was deleted, dead-lettered or given back. */
    boolean nothingLost() {
        return queues.stream().allMatch(q -> q.report().abandoned() == 0);
    }

    /** Returns a table for people. */
    String table() {
        StringBuilder table = new StringBuilder();
        for (Queue queue : queues) {
            ConsumerStats stats = queue.stats();
            table.append(String.format(
                    "queue %s: received %d, deleted %d, returned %d, dead-lettered %d, delete lost %d, abandoned %d%n",
                    queue.name(),
                    stats.received(),
                    stats.deleted(),
                    stats.returned(),
                    stats.deadLettered(),
                    stats.deleteLost(),
                    queue.report().abandoned()));
        }
        for (ProviderStatus provider : providers) {
            table.append(String.format(
                    "provider %s: accepted %d, failed %d, %s%n",
                    provider.name(),
                    provider.accepted(),
                    provider.failed(),
                    provider.state().word()));
        }
        return table.toString().stripTrailing();
    }

    /** Writes the same down for machines. */
    ObjectNode to(ObjectNode line) {
        ArrayNode all = line.putArray("queues");
        for (Queue queue : queues) {
            Drain.put(all.addObject().put("name", queue.name()), queue.stats())
                    .put("completed", queue.report().completed())
                    .put("released", queue.report().released())
                    .put("abandoned", queue.report().abandoned());
        }
        ArrayNode senders = line.putArray("providers");
        for (ProviderStatus provider : providers) {
            senders.addObject()
                    .put("name", provider.name())
                    .put("accepted", provider.accepted())
                    .put("failed", provider.failed())
                    .put("state", provider.state().word());
        }
        return line;
    }
}
