package io.mailrouter.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * What the queue says of itself, read once at the start.
 *
 * @param arn its name among all queues; its URL where it does not say
 * @param retention how long it keeps a message
 * @param redrive where it moves messages by itself, if it does
 */
record QueueFacts(String arn, Duration retention, Optional<Redrive> redrive) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration DEFAULT_RETENTION = Duration.ofDays(4);

    /** The queue's own rule: after so many receives a message moves there. */
    record Redrive(String targetArn, int maxReceiveCount) {}

    /** What is known of a queue that may not be asked. */
    static QueueFacts unknown(String url) {
        return new QueueFacts(url, DEFAULT_RETENTION, Optional.empty());
    }

    /** Asks the queue. Blocks for one call. */
    static QueueFacts read(SqsCalls calls, String url) {
        Map<QueueAttributeName, String> facts = calls.attributes(r -> r.queueUrl(url)
                        .attributeNames(
                                QueueAttributeName.QUEUE_ARN,
                                QueueAttributeName.MESSAGE_RETENTION_PERIOD,
                                QueueAttributeName.REDRIVE_POLICY)
                        .overrideConfiguration(SqsQueue::limited))
                .attributes();
        String retention = facts.get(QueueAttributeName.MESSAGE_RETENTION_PERIOD);
        return new QueueFacts(
                facts.getOrDefault(QueueAttributeName.QUEUE_ARN, url),
                retention == null ? DEFAULT_RETENTION : Duration.ofSeconds(Long.parseLong(retention)),
                Optional.ofNullable(facts.get(QueueAttributeName.REDRIVE_POLICY))
                        .filter(policy -> !policy.isBlank())
                        .map(QueueFacts::redrive));
    }

    private static Redrive redrive(String policy) {
        try {
            JsonNode json = JSON.readTree(policy);
            return new Redrive(
                    json.path("deadLetterTargetArn").asText(),
                    json.path("maxReceiveCount").asInt(Integer.MAX_VALUE));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the queue's RedrivePolicy is not JSON", e);
        }
    }

    /** Returns the URL of the queue that the redrive policy names. Blocks for one call. */
    static String url(SqsCalls calls, Redrive redrive) {
        String[] parts = redrive.targetArn().split(":", -1);
        if (parts.length != 6) {
            throw new IllegalStateException("the queue's RedrivePolicy names no queue in deadLetterTargetArn");
        }
        try {
            return calls.url(r -> r.queueName(parts[5])
                            .queueOwnerAWSAccountId(parts[4])
                            .overrideConfiguration(SqsQueue::limited))
                    .queueUrl();
        } catch (SdkException e) {
            throw new IllegalStateException(
                    "the dead-letter queue " + parts[5] + " of the RedrivePolicy cannot be found: "
                            + QueueErrors.code(e),
                    e);
        }
    }
}
