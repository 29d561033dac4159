package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;

/** What counts as an attempt of a message that the queue has handed out five times before, untried. */
@Execution(ExecutionMode.CONCURRENT)
class AttemptCountTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final FakeProvider provider =
            new FakeProvider("fake", email -> new Outcome.Misconfigured("not_verified", "", Outcome.Scope.REQUEST));

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private void fillWithAMessageThatWasHandedOutFiveTimes() {
        LocalSqs.fill(client, queues.url(), List.of(LocalSqs.body("s")));
        for (int i = 0; i < 5; i++) {
            assertThat(client.receiveMessage(r -> r.queueUrl(queues.url()).visibilityTimeout(0))
                            .messages())
                    .hasSize(1);
        }
    }

    private long deadLettered() {
        return events.stream().filter(QueueEvent.DeadLettered.class::isInstance).count();
    }

    private void drain(UnaryOperator<EmailServiceBuilder> change) {
        EmailService emails =
                change.apply(EmailService.builder().provider(provider)).build();
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                .maxAttempts(3)
                .waitTime(Duration.ofSeconds(1))
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(1))
                .listener(events::add)
                .build();
        open.add(consumer);
        open.add(emails);
        consumer.start();
        await().atMost(LONG).until(() -> deadLettered() == 1);
    }

    @Test
    void theRecordCountsWhereAStoreKeepsOne() {
        fillWithAMessageThatWasHandedOutFiveTimes();

        drain(service -> service.idempotency(InMemoryIdempotencyStore.create()));

        assertThat(provider.asked()).isEqualTo(3);
        assertThat(events.stream().filter(QueueEvent.Returned.class::isInstance))
                .hasSize(2);
    }

    @Test
    void aMessageThatComesAgainFromTheDeadLetterQueueHasAllItsAttempts() {
        List<String> body = List.of(LocalSqs.body("s").replace("{\"v\":1,", "{\"v\":1,\"idempotencyKey\":\"k\","));
        LocalSqs.fill(client, queues.url(), body);
        drain(service -> service.idempotency(InMemoryIdempotencyStore.create()));
        assertThat(provider.asked()).isEqualTo(3);

        LocalSqs.fill(client, queues.url(), body);

        await().atMost(LONG).until(() -> deadLettered() == 2);
        assertThat(provider.asked()).isEqualTo(6);
    }

    @Test
    void theQueueCountsWithoutAStore() {
        fillWithAMessageThatWasHandedOutFiveTimes();

        drain(service -> service);

        assertThat(provider.asked()).isEqualTo(1);
    }
}
