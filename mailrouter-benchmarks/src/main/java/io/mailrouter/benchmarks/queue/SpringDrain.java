package io.mailrouter.benchmarks.queue;

import io.awspring.cloud.sqs.listener.MessageListener;
import io.awspring.cloud.sqs.listener.SqsContainerOptionsBuilder;
import io.awspring.cloud.sqs.listener.SqsMessageListenerContainer;
import io.awspring.cloud.sqs.listener.acknowledgement.AcknowledgementResultCallback;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.messaging.Message;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

/**
 * Spring Cloud AWS's container at the settings with which it was fastest. Its deletes wait no longer for their batch than
 * the library's do, so that the end of a drain is not the default of a whole second.
 */
final class SpringDrain implements Contender {

    private static final int CONCURRENT = 80;

    private final SqsAsyncClient client;
    private final Work work;
    private final Consumer<SqsContainerOptionsBuilder> tuning;
    private @Nullable SqsMessageListenerContainer<String> container;

    SpringDrain(URI endpoint, Work work, Consumer<SqsContainerOptionsBuilder> tuning) {
        this.client = Sqs.asyncClient(endpoint);
        this.work = work;
        this.tuning = tuning;
    }

    @Override
    public void drain(String queueUrl, int messages) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(messages);
        MessageListener<String> listener = message -> work.on(message.getPayload());
        AcknowledgementResultCallback<String> deleted = new AcknowledgementResultCallback<>() {
            @Override
            public void onSuccess(Collection<Message<String>> batch) {
                batch.forEach(message -> left.countDown());
            }
        };
        SqsMessageListenerContainer<String> started = SqsMessageListenerContainer.<String>builder()
                .sqsAsyncClient(client)
                .queueNames(queueUrl)
                .configure(options -> tuning.accept(options.maxConcurrentMessages(CONCURRENT)
                        .maxMessagesPerPoll(10)
                        .pollTimeout(Duration.ofSeconds(1))
                        .acknowledgementInterval(Duration.ofMillis(100))))
                .messageListener(listener)
                .acknowledgementResultCallback(deleted)
                .build();
        container = started;
        started.start();
        left.await();
    }

    @Override
    public void rest() {
        if (container != null) {
            container.stop();
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
