package io.mailrouter.benchmarks.queue;

import io.mailrouter.EmailService;
import io.mailrouter.sqs.NoDeadLetterQueue;
import io.mailrouter.sqs.QueueEvent;
import io.mailrouter.sqs.SqsEmailConsumer;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The library's consumer: it decodes each message and sends it through the service. */
final class MailrouterDrain implements Contender {

    private final SqsClient client;
    private final EmailService emails = Work.service();
    private @Nullable SqsEmailConsumer consumer;

    MailrouterDrain(URI endpoint) {
        client = Sqs.client(endpoint);
    }

    @Override
    public void drain(String queueUrl, int messages) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(messages);
        SqsEmailConsumer started = SqsEmailConsumer.builder(emails, client, queueUrl)
                .concurrency(Integer.getInteger("drain.concurrency", 64))
                .prefetch(Integer.getInteger("drain.prefetch", 100))
                .maxPollers(Integer.getInteger("drain.maxPollers", 8))
                .waitTime(Duration.ofSeconds(1))
                .ifNoDeadLetterQueue(NoDeadLetterQueue.DELETE_AND_EVENT)
                .listener(event -> {
                    if (event instanceof QueueEvent.Deleted) {
                        left.countDown();
                    }
                })
                .build();
        consumer = started;
        started.start();
        left.await();
    }

    @Override
    public void rest() {
        if (consumer != null) {
            consumer.stop();
        }
    }

    @Override
    public void close() {
        emails.close();
        client.close();
    }
}
