package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.Message;

/** What other consumers were measured to fail at, with a real service, against a queue that forgives three receives only. */
@Execution(ExecutionMode.CONCURRENT)
class KnownFailuresTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Faults wire = new Faults();
    private final Receives receives = new Receives();
    private final SqsClient client = SQS.client(wire, receives);
    private final LocalSqs.Queues queues = SQS.queues(client, 3);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private SqsEmailConsumer consumer(FakeProvider provider) {
        return consumer(provider, queues.url());
    }

    private SqsEmailConsumer consumer(FakeProvider provider, String url) {
        EmailService emails = EmailService.builder()
                .provider(provider)
                .breaker(breaker -> breaker.openFor(SECOND, Duration.ofSeconds(2)))
                .build();
        open.push(emails);
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, url)
                .waitTime(SECOND)
                .backoffBase(SECOND)
                .backoffMax(Duration.ofSeconds(2))
                .probeEvery(SECOND)
                .listener(events::add)
                .build();
        open.push(consumer);
        return consumer;
    }

    private List<String> fill(int count) {
        List<String> emails = IntStream.range(0, count).mapToObj(i -> "s-" + i).toList();
        LocalSqs.fill(client, queues.url(), emails.stream().map(LocalSqs::body).toList());
        return emails;
    }

    @Test
    @DisplayName("Q14 an outage of 6 s and a queue that forgives three receives: no dead letter, all sent once")
    void anOutageEmptiesNothingIntoTheDeadLetterQueue() {
        List<String> emails = fill(50);
        AtomicBoolean up = new AtomicBoolean();
        FakeProvider provider = new FakeProvider(
                "fake", email -> up.get() ? new Outcome.Accepted("m") : new Outcome.Unavailable("refused", ""));
        SqsEmailConsumer consumer = consumer(provider);

        consumer.start();
        await().atMost(LONG).until(() -> consumer.stats().paused());
        await().atMost(LONG).pollDelay(Duration.ofSeconds(6)).until(() -> true);
        up.set(true);

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        System.out.println("KnownFailuresTest: receives in an outage of 6 s: " + receives + ", "
                + events.stream().filter(QueueEvent.Paused.class::isInstance).count() + " pauses");
        assertThat(provider.sent()).containsExactlyInAnyOrderElementsOf(emails);
        assertThat(LocalSqs.size(client, queues.deadLetters())).isZero();
        assertThat(receives.most()).isLessThanOrEqualTo(3);
    }

    @Test
    @DisplayName(
            "Q12 a FIFO head that fails more often than the queue forgives receives: it and its tail are sent, in order")
    void aTailSurvivesItsFailingHead() {
        LocalSqs.Queues fifo = FifoQueues.create(client, 3);
        List<String> group = IntStream.range(0, 6).mapToObj(i -> "g-" + i).toList();
        FifoQueues.fill(client, fifo.url(), "g", group);
        AtomicInteger tries = new AtomicInteger();
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> email.subject().equals("g-0") && tries.incrementAndGet() <= 4
                        ? new Outcome.Unavailable("refused", "")
                        : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(provider, fifo.url());

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).isEqualTo(group);
        assertThat(tries).hasValue(5);
        assertThat(LocalSqs.size(client, fifo.deadLetters())).isZero();
    }

    @Test
    @DisplayName("Q15 a throttled provider: the message stays hidden until the time it named, not for the default")
    void aThrottledProviderNamesTheTime() {
        fill(1);
        Duration asked = Duration.ofSeconds(4);
        AtomicBoolean first = new AtomicBoolean(true);
        Queue<Long> times = new ConcurrentLinkedQueue<>();
        FakeProvider provider = new FakeProvider("fake", email -> {
            times.add(System.nanoTime());
            return first.getAndSet(false)
                    ? new Outcome.Throttled("slow_down", "", Optional.of(asked))
                    : new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(1);
        List<Long> both = List.copyOf(times);
        assertThat(Duration.ofNanos(both.get(1) - both.get(0)))
                .isGreaterThanOrEqualTo(asked.minus(SECOND.dividedBy(10)));
        assertThat(wire.requests(ChangeMessageVisibilityBatchRequest.class)
                        .get(0)
                        .entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.visibilityTimeout()).isBetween(1, 5));
    }

    @Test
    @DisplayName(
            "C12 Q5 type ids, depth 10,000, huge numbers, 256 KB junk: out in one receive, with a reason, unlogged")
    void poisonIsOutInOneReceive() {
        ListAppender<ILoggingEvent> logs = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        logs.setContext(root.getLoggerContext());
        logs.start();
        root.addAppender(logs);
        open.push(() -> root.detachAppender(logs));
        String canary = "poison-canary@secret.example";
        String good = LocalSqs.body("s-0");
        List<String> poison = new ArrayList<>(List.of(
                good.replaceFirst("\\{", "{\"@class\":\"javax.script.ScriptEngineManager\",\"x\":\"" + canary + "\","),
                "[\"java.net.URL\",{\"host\":\"" + canary + "\"}]",
                good.replace("\"Hello\"", "[".repeat(10_000) + "\"" + canary + "\"" + "]".repeat(10_000)),
                good.replace("\"v\":1", "\"v\":" + "9".repeat(20_000)),
                good.replace("\"v\":1", "\"v\":1e999999999"),
                canary.repeat((256 << 10) / canary.length())));
        List<String> all = new ArrayList<>(poison);
        all.add(good);
        FakeProvider provider = FakeProvider.accepting();
        all.forEach(body -> LocalSqs.fill(client, queues.url(), List.of(body)));
        SqsEmailConsumer consumer = consumer(provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactly("s-0");
        List<Message> dead = LocalSqs.take(client, queues.deadLetters());
        assertThat(dead).extracting(Message::body).containsExactlyInAnyOrderElementsOf(poison);
        assertThat(dead)
                .extracting(letter ->
                        letter.messageAttributes().get("mailrouter.dead-letter").stringValue())
                .allMatch(note -> note.contains("\"reason\":\"malformed\"") && note.contains("\"attempts\":1"))
                .noneMatch(note -> note.contains("canary"));
        assertThat(receives.most()).isEqualTo(1);
        // Other tests log meanwhile; an appender adds under its own lock.
        synchronized (logs) {
            logs.stop();
        }
        assertThat(logs.list)
                .filteredOn(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(line -> line.contains("canary"));
        assertThat(events.toString()).doesNotContain("canary");
    }
}
