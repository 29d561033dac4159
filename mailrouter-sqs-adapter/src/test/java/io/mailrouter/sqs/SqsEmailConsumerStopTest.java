package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;

@Execution(ExecutionMode.CONCURRENT)
class SqsEmailConsumerStopTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();

    private long extensions() {
        return events.stream()
                .filter(QueueEvent.LeaseExtended.class::isInstance)
                .count();
    }

    @Test
    @DisplayName("Q11 a send under way keeps its message through a stop, and all who stop get the same report")
    void aSendUnderWayKeepsItsMessageThroughAStop() throws Exception {
        LocalSqs.fill(client, queues.url(), List.of(LocalSqs.body("slow")));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            begun.countDown();
            SqsEmailConsumerTest.awaitLatch(end);
            return new Outcome.Accepted("m");
        });
        try (EmailService emails = EmailService.builder().provider(provider).build();
                SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                        .waitTime(Duration.ofSeconds(1))
                        .visibility(Duration.ofSeconds(10))
                        // Long before the lease ends, so that a machine may stand still for a while.
                        .heartbeatAt(0.1)
                        .stopTimeout(Duration.ofMinutes(5))
                        .listener(events::add)
                        .build()) {
            consumer.start();
            assertThat(begun.await(90, TimeUnit.SECONDS)).isTrue();

            CompletableFuture<StopReport> one = CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS);
            CompletableFuture<StopReport> other = CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS);
            await().atMost(LONG).until(() -> !consumer.isRunning());
            long before = extensions();
            await().atMost(LONG).until(() -> extensions() >= before + 12);
            assertThat(one).isNotDone();
            assertThat(other).isNotDone();
            end.countDown();

            assertThat(one.get(90, TimeUnit.SECONDS)).isEqualTo(new StopReport(1, 0, 0));
            assertThat(other.get(90, TimeUnit.SECONDS)).isEqualTo(new StopReport(1, 0, 0));
        }
        assertThat(provider.asked()).isEqualTo(1);
        assertThat(LocalSqs.size(client, queues.url())).isZero();
        assertThat(events.stream().filter(QueueEvent.Stopped.class::isInstance)).hasSize(1);
    }
}
