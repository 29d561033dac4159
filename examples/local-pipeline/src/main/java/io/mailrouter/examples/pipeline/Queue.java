package io.mailrouter.examples.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/** The queue with its dead-letter queue, as a producer and an operator see them. */
final class Queue implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_BATCH_BYTES = 256 * 1024;

    private final SqsClient sqs;
    private final String url;
    private final String deadLetterUrl;

    /** A message that was given up, with the reason that the consumer gave. */
    record DeadLetter(String body, String reason, String code) {}

    Queue(URI endpoint) {
        sqs = SqsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
        deadLetterUrl = sqs.createQueue(q -> q.queueName("emails-dead")).queueUrl();
        String deadLetterArn = sqs.getQueueAttributes(
                        q -> q.queueUrl(deadLetterUrl).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        String redrive = "{\"deadLetterTargetArn\":\"" + deadLetterArn + "\",\"maxReceiveCount\":\"16\"}";
        url = sqs.createQueue(q -> q.queueName("emails")
                        .attributes(Map.of(
                                QueueAttributeName.REDRIVE_POLICY, redrive, QueueAttributeName.VISIBILITY_TIMEOUT, "60")))
                .queueUrl();
    }

    String url() {
        return url;
    }

    /** Puts mails on the queue, ten at a time or fewer where they are big. */
    void send(List<Mail> mails) {
        List<SendMessageBatchRequestEntry> batch = new ArrayList<>();
        int bytes = 0;
        for (Mail mail : mails) {
            int size = mail.body().length() * 3;
            if (batch.size() == 10 || (!batch.isEmpty() && bytes + size > MAX_BATCH_BYTES)) {
                send0(batch);
                batch.clear();
                bytes = 0;
            }
            batch.add(SendMessageBatchRequestEntry.builder()
                    .id(String.valueOf(batch.size()))
                    .messageBody(mail.body())
                    .build());
            bytes += size;
        }
        if (!batch.isEmpty()) {
            send0(batch);
        }
    }

    private void send0(List<SendMessageBatchRequestEntry> batch) {
        SendMessageBatchResponse answer =
                sqs.sendMessageBatch(q -> q.queueUrl(url).entries(List.copyOf(batch)));
        if (answer.hasFailed() && !answer.failed().isEmpty()) {
            throw new IllegalStateException(
                    "the queue did not take a message: " + answer.failed().get(0).code());
        }
    }

    /** Returns how many messages wait, are handed out or are delayed. */
    long depth() {
        Map<QueueAttributeName, String> counts = sqs.getQueueAttributes(q -> q.queueUrl(url)
                        .attributeNames(
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED))
                .attributes();
        return counts.values().stream().mapToLong(Long::parseLong).sum();
    }

    /** Takes everything off the dead-letter queue. */
    List<DeadLetter> deadLetters() {
        List<DeadLetter> all = new ArrayList<>();
        List<Message> messages;
        do {
            messages = sqs.receiveMessage(q -> q.queueUrl(deadLetterUrl)
                            .maxNumberOfMessages(10)
                            .messageAttributeNames("All"))
                    .messages();
            for (Message message : messages) {
                all.add(deadLetter(message));
                sqs.deleteMessage(q -> q.queueUrl(deadLetterUrl).receiptHandle(message.receiptHandle()));
            }
        } while (!messages.isEmpty());
        return all;
    }

    private static DeadLetter deadLetter(Message message) {
        if (!message.messageAttributes().containsKey("mailrouter.dead-letter")) {
            return new DeadLetter(message.body(), "by the queue itself", "");
        }
        try {
            JsonNode note = JSON.readTree(
                    message.messageAttributes().get("mailrouter.dead-letter").stringValue());
            return new DeadLetter(
                    message.body(), note.path("reason").asText(), note.path("code").asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        sqs.close();
    }
}
