package io.mailrouter.benchmarks.queue;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * What one would write by hand and find fastest: eight threads that each receive ten messages, deal with them one after
 * the other, and delete the ten. No heartbeat, no limit, no retry, no dead letter.
 */
final class HandWrittenDrain implements Contender {

    private static final int THREADS = 8;

    private final SqsClient client;
    private final Work work;

    HandWrittenDrain(URI endpoint, Work work) {
        this.client = Sqs.client(endpoint);
        this.work = work;
    }

    @Override
    public void drain(String queueUrl, int messages) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(messages);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> loop(queueUrl, left), "drain-" + i);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void loop(String queueUrl, AtomicInteger left) {
        while (left.get() > 0) {
            List<Message> messages = client.receiveMessage(
                            r -> r.queueUrl(queueUrl).maxNumberOfMessages(10).waitTimeSeconds(0))
                    .messages();
            if (messages.isEmpty()) {
                continue;
            }
            List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>(messages.size());
            for (Message message : messages) {
                work.on(message.body());
                entries.add(DeleteMessageBatchRequestEntry.builder()
                        .id(String.valueOf(entries.size()))
                        .receiptHandle(message.receiptHandle())
                        .build());
            }
            client.deleteMessageBatch(r -> r.queueUrl(queueUrl).entries(entries));
            left.addAndGet(-messages.size());
        }
    }

    @Override
    public void rest() {}

    @Override
    public void close() {
        client.close();
    }
}
