package io.mailrouter.benchmarks.queue;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** Makes queues and fills them before anybody asks them: ElasticMQ sorts its messages at each send while a poll waits. */
final class QueueFill {

    private static final int BATCH = 10;
    private static final int BODY_BYTES = 2_048;

    private QueueFill() {}

    /** Returns the URL of a new queue with so many messages. */
    static String queue(SqsClient client, int messages) {
        String url = client.createQueue(r -> r.queueName("drain-" + UUID.randomUUID()))
                .queueUrl();
        IntStream.range(0, messages / BATCH).parallel().forEach(batch -> send(client, url, batch * BATCH));
        return url;
    }

    private static void send(SqsClient client, String url, int from) {
        List<SendMessageBatchRequestEntry> entries = IntStream.range(from, from + BATCH)
                .mapToObj(i -> SendMessageBatchRequestEntry.builder()
                        .id(String.valueOf(i))
                        .messageBody(body(i))
                        .build())
                .toList();
        client.sendMessageBatch(r -> r.queueUrl(url).entries(entries));
    }

    /** Returns a message of the library's format and of 2 KB. */
    static String body(int number) {
        String begin = "{\"v\":1,\"idempotencyKey\":\"order-" + number
                + "\",\"from\":\"Shop <no-reply@example.com>\",\"to\":[\"ada@example.org\"],\"subject\":\"Your order\",\"text\":\"";
        String end = "\",\"tags\":[\"order\"],\"metadata\":{\"orderId\":\"42\"}}";
        String line = "Your order is on its way and will be with you soon. ";
        int room = BODY_BYTES - begin.length() - end.length();
        return begin + line.repeat(room / line.length() + 1).substring(0, room) + end;
    }
}
