package io.mailrouter.sqs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** FIFO queues of ElasticMQ, and messages for their groups. */
final class FifoQueues {

    private FifoQueues() {}

    /** Makes a FIFO queue that moves messages to another by itself after so many receives. */
    static LocalSqs.Queues create(SqsClient client, int maxReceiveCount) {
        String name = "q-" + UUID.randomUUID();
        String dead = create(client, name + "-dead.fifo", Map.of());
        String arn = client.getQueueAttributes(r -> r.queueUrl(dead).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        String redrive = "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":" + maxReceiveCount + "}";
        String url = create(client, name + ".fifo", Map.of(QueueAttributeName.REDRIVE_POLICY, redrive));
        return new LocalSqs.Queues(url, dead);
    }

    private static String create(SqsClient client, String name, Map<QueueAttributeName, String> more) {
        Map<QueueAttributeName, String> attributes = new HashMap<>(more);
        attributes.put(QueueAttributeName.FIFO_QUEUE, "true");
        attributes.put(QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "false");
        return client.createQueue(r -> r.queueName(name).attributes(attributes)).queueUrl();
    }

    /** Puts messages into a group, told apart by their subjects, which are their deduplication ids as well. */
    static void fill(SqsClient client, String url, String group, List<String> subjects) {
        for (int from = 0; from < subjects.size(); from += 10) {
            List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
            for (String subject : subjects.subList(from, Math.min(subjects.size(), from + 10))) {
                entries.add(SendMessageBatchRequestEntry.builder()
                        .id(String.valueOf(entries.size()))
                        .messageBody(LocalSqs.body(subject))
                        .messageGroupId(group)
                        .messageDeduplicationId(subject)
                        .build());
            }
            client.sendMessageBatch(r -> r.queueUrl(url).entries(entries));
        }
    }
}
