package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderSettings;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.sqs.SqsClient;

/** How much is held and sent at a time follows what the providers take, and what the application says. */
class SqsEmailConsumerPaceTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(60);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private SqsEmailConsumer consumer(
            FakeProvider provider, Consumer<ProviderSettings> limits, UnaryOperator<SqsEmailConsumerBuilder> change) {
        EmailService emails = EmailService.builder().provider(provider, limits).build();
        SqsEmailConsumer consumer = change.apply(SqsEmailConsumer.builder(emails, client, queues.url())
                        .waitTime(Duration.ofSeconds(1))
                        .listener(events::add))
                .build();
        open.add(consumer);
        open.add(emails);
        return consumer;
    }

    private void fill(int count) {
        LocalSqs.fill(
                client,
                queues.url(),
                IntStream.range(0, count).mapToObj(i -> LocalSqs.body("s-" + i)).toList());
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    void noMoreIsHeldThanTheRateTakesSoonAndEachMessageIsReceivedOnce() {
        fill(300);
        AtomicInteger most = new AtomicInteger();
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(
                provider, p -> p.rate(100), b -> b.concurrency(50).prefetch(250).intakeAhead(Duration.ofMillis(500)));
        long begin = System.nanoTime();

        consumer.start();
        await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(() -> {
            most.accumulateAndGet(consumer.stats().owned(), Math::max);
            return provider.sent().size() == 300;
        });
        double seconds = (System.nanoTime() - begin) / 1e9;

        System.out.printf("300 messages at 100 a second: %.1f s, at most %d held%n", seconds, most.get());
        assertThat(consumer.awaitDrained(LONG)).isTrue();
        // Half a second's worth and what is under way; without a bound it would be all 300.
        assertThat(most.get()).isBetween(1, 150);
        assertThat(events(QueueEvent.Started.class)).hasSize(300).allMatch(started -> started.attempt() == 1);
        assertThat(events(QueueEvent.Returned.class)).isEmpty();
        assertThat(events(QueueEvent.LeaseLost.class)).isEmpty();
    }

    @Test
    void noMoreIsHeldThanIsLeftOfTheQuota() {
        fill(10);
        Semaphore passes = new Semaphore(0);
        FakeProvider provider = waitingFor(passes);
        SqsEmailConsumer consumer = consumer(provider, p -> p.dailyQuota(4), b -> b.concurrency(8));

        consumer.start();
        await().atMost(LONG).until(() -> provider.asked() >= 1);
        await().during(Duration.ofMillis(500)).until(() -> consumer.stats().owned() <= 4);
        passes.release(100);

        await().atMost(LONG).until(() -> provider.sent().size() == 4);
    }

    private static FakeProvider waitingFor(Semaphore passes) {
        return new FakeProvider("fake", email -> {
            passes.acquireUninterruptibly();
            return new Outcome.Accepted("m");
        });
    }

    @Test
    void theConcurrencyCanBeRaisedAndLoweredWhileItRuns() {
        fill(40);
        Semaphore passes = new Semaphore(0);
        FakeProvider provider = waitingFor(passes);
        SqsEmailConsumer consumer =
                consumer(provider, p -> {}, b -> b.concurrency(2).prefetch(3));
        consumer.start();
        await().atMost(LONG)
                .until(() -> consumer.stats().running() == 2 && consumer.stats().owned() == 5);
        assertThat(consumer.stats().concurrency()).isEqualTo(2);

        consumer.concurrency(12);
        await().atMost(LONG)
                .until(() ->
                        consumer.stats().running() == 12 && consumer.stats().owned() == 15);
        assertThat(consumer.stats().concurrency()).isEqualTo(12);

        consumer.concurrency(1);
        passes.release(11);
        await().atMost(LONG)
                .until(() -> consumer.stats().running() == 1 && consumer.stats().owned() == 4);
        await().during(Duration.ofMillis(300)).until(() -> provider.asked() == 12);

        passes.release(100);
        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void theConcurrencyCanBeSetBeforeTheStartAndIsCheckedAlways() {
        SqsEmailConsumer consumer = consumer(FakeProvider.accepting(), p -> {}, b -> b);

        consumer.concurrency(3);
        assertThat(consumer.stats().concurrency()).isEqualTo(3);
        consumer.start();

        assertThat(consumer.stats().concurrency()).isEqualTo(3);
        assertThatThrownBy(() -> consumer.concurrency(0)).hasMessage("concurrency is 0: 1 to 1000 is needed");
        assertThat(consumer.stats().concurrency()).isEqualTo(3);
    }

    @Test
    void aMessagesEventsTellItsWayInItsOrder() {
        fill(1);
        SqsEmailConsumer consumer = consumer(FakeProvider.accepting(), p -> {}, b -> b);
        consumer.start();
        assertThat(consumer.awaitDrained(LONG)).isTrue();

        StopReport report = consumer.stop();

        String queue = queues.url().substring(queues.url().lastIndexOf('/') + 1);
        String id = events(QueueEvent.Started.class).get(0).messageId();
        assertThat(events)
                .containsExactly(
                        new QueueEvent.Received(queue, 1),
                        new QueueEvent.Started(queue, id, 1),
                        new QueueEvent.Accepted(queue, id, 1),
                        new QueueEvent.Deleted(queue, id, "accepted"),
                        new QueueEvent.Stopped(queue, report));
    }

    @Test
    void aMessageWhoseEmailWasTakenBeforeIsToldAsADuplicate() {
        String body = LocalSqs.body("s").replace("{\"v\":1,", "{\"v\":1,\"idempotencyKey\":\"k\",");
        LocalSqs.fill(client, queues.url(), List.of(body, body));
        FakeProvider provider = FakeProvider.accepting();
        EmailService emails = EmailService.builder()
                .provider(provider)
                .idempotency(io.mailrouter.idempotency.InMemoryIdempotencyStore.create())
                .build();
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .listener(events::add)
                .build();
        open.add(consumer);
        open.add(emails);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(events(QueueEvent.Accepted.class)).hasSize(1);
        assertThat(events(QueueEvent.Duplicate.class)).hasSize(1);
        assertThat(provider.sent()).hasSize(1);
    }
}
