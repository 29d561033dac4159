package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/** The consumer behaves alike with either client of the SDK. */
@Execution(ExecutionMode.CONCURRENT)
class SqsEmailConsumerClientsTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    enum Client {
        BLOCKING {
            @Override
            SqsEmailConsumerBuilder builder(EmailService emails, Faults faults, String url) {
                return SqsEmailConsumer.builder(emails, SQS.client(faults), url);
            }
        },
        ASYNC {
            @Override
            SqsEmailConsumerBuilder builder(EmailService emails, Faults faults, String url) {
                return SqsEmailConsumer.builder(emails, SQS.asyncClient(faults), url);
            }
        };

        abstract SqsEmailConsumerBuilder builder(EmailService emails, Faults faults, String url);
    }

    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final Faults faults = new Faults();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private SqsEmailConsumer started(Client client, FakeProvider provider, Duration waitTime, Duration visibility) {
        EmailService emails = EmailService.builder().provider(provider).build();
        SqsEmailConsumer consumer = client.builder(emails, faults, queues.url())
                .waitTime(waitTime)
                .visibility(visibility)
                // Long before a lease ends, so that a machine may stand still for a while.
                .heartbeatAt(0.1)
                .backoffBase(Duration.ofSeconds(1))
                .listener(events::add)
                .build();
        open.add(consumer);
        open.add(emails);
        consumer.start();
        return consumer;
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @ParameterizedTest
    @EnumSource
    void sendsDeadLettersAndGivesBack(Client client) {
        AtomicInteger later = new AtomicInteger();
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> email.subject().equals("s-3") && later.getAndIncrement() == 0
                        ? new Outcome.Misconfigured("not_verified", "", Outcome.Scope.REQUEST)
                        : new Outcome.Accepted("m"));
        LocalSqs.fill(
                observer,
                queues.url(),
                IntStream.range(0, 25).mapToObj(i -> LocalSqs.body("s-" + i)).toList());
        LocalSqs.fill(observer, queues.url(), List.of("junk"));

        SqsEmailConsumer consumer = started(client, provider, Duration.ofSeconds(1), Duration.ofSeconds(60));

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(25).doesNotHaveDuplicates();
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isEqualTo(1);
        assertThat(events(QueueEvent.Returned.class))
                .extracting(QueueEvent.Returned::attempt)
                .containsExactly(1);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Q6 a send that takes longer than the visibility is started once, and its extensions are told")
    void aSlowSendIsStartedOnce(Client client) {
        LocalSqs.fill(observer, queues.url(), List.of(LocalSqs.body("slow")));
        CountDownLatch end = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            SqsEmailConsumerTest.awaitLatch(end);
            return new Outcome.Accepted("m");
        });

        SqsEmailConsumer consumer = started(client, provider, Duration.ofSeconds(1), Duration.ofSeconds(10));
        await().atMost(LONG).until(() -> events(QueueEvent.LeaseExtended.class).size() >= 12);
        end.countDown();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.asked()).isEqualTo(1);
        assertThat(events(QueueEvent.Started.class)).hasSize(1);
        assertThat(events(QueueEvent.LeaseExtended.class))
                .allMatch(event -> event.visibility().equals(Duration.ofSeconds(10)));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Q11 the poll under way at a stop is not cancelled, and what it brings is released")
    void aLatePollIsReleased(Client client) {
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = started(client, provider, Duration.ofSeconds(20), Duration.ofSeconds(60));
        await().atMost(LONG)
                .until(() -> !faults.requests(ReceiveMessageRequest.class).isEmpty());

        CompletableFuture<StopReport> stopping = CompletableFuture.supplyAsync(consumer::stop, LocalSqs.THREADS);
        await().during(Duration.ofMillis(300)).until(() -> !stopping.isDone());
        LocalSqs.fill(observer, queues.url(), List.of(LocalSqs.body("late")));

        assertThat(stopping.join()).isEqualTo(new StopReport(0, 1, 0));
        assertThat(provider.asked()).isZero();
        assertThat(LocalSqs.take(observer, queues.url())).hasSize(1);
        assertThat(events).endsWith(new QueueEvent.Stopped(name(), new StopReport(0, 1, 0)));
    }

    private String name() {
        return queues.url().substring(queues.url().lastIndexOf('/') + 1);
    }

    @ParameterizedTest
    @EnumSource
    void aQueueThatIsNotThereIsToldInTheSameWords(Client client) {
        try (EmailService emails =
                EmailService.builder().provider(FakeProvider.accepting()).build()) {
            SqsEmailConsumer consumer =
                    client.builder(emails, faults, queues.url() + "-not").build();

            assertThatThrownBy(consumer::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the queue cannot be asked about itself: QueueDoesNotExist");
        }
    }
}
