package io.mailrouter.sqs;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;

/**
 * Writes what an invocation came to in CloudWatch's embedded metric format: one JSON line, of which CloudWatch makes
 * metrics when it stands in a function's log. Names the queue and no message.
 */
final class InvocationMetrics {

    private static final JsonMapper JSON = new JsonMapper();

    private final String namespace;

    InvocationMetrics(String namespace) {
        this.namespace = namespace;
    }

    String line(String queueName, LambdaBatch.Answer answer, Duration elapsed, Instant now) {
        ObjectNode line = JSON.createObjectNode();
        ObjectNode head = line.putObject("_aws").put("Timestamp", now.toEpochMilli());
        ObjectNode directive = head.putArray("CloudWatchMetrics").addObject().put("Namespace", namespace);
        directive.putArray("Dimensions").addArray().add("queue");
        ArrayNode metrics = directive.putArray("Metrics");
        line.put("queue", queueName);
        count(metrics, line, "received", answer.received());
        count(metrics, line, "accepted", answer.accepted());
        count(metrics, line, "discarded", answer.discarded());
        count(metrics, line, "deadLettered", answer.deadLettered());
        count(metrics, line, "failed", answer.failed());
        metrics.addObject().put("Name", "duration").put("Unit", "Milliseconds");
        line.put("duration", elapsed.toMillis());
        return line.toString();
    }

    private static void count(ArrayNode metrics, ObjectNode line, String name, int value) {
        metrics.addObject().put("Name", name).put("Unit", "Count");
        line.put(name, value);
    }
}
