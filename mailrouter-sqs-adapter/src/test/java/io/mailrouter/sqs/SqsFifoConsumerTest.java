package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** FIFO queues, over the real wire. */
@Execution(ExecutionMode.CONCURRENT)
class SqsFifoConsumerTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(60);

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private SqsEmailConsumer consumer(
            LocalSqs.Queues queues, FakeProvider by, UnaryOperator<SqsEmailConsumerBuilder> change) {
        EmailService emails = EmailService.builder().provider(by).build();
        SqsEmailConsumer consumer = change.apply(SqsEmailConsumer.builder(emails, client, queues.url())
                        .waitTime(Duration.ofSeconds(1))
                        .backoffBase(Duration.ofSeconds(1))
                        .backoffMax(Duration.ofSeconds(1))
                        .pauseWhenUnavailable(false)
                        .listener(events::add))
                .build();
        open.add(0, emails);
        open.add(0, consumer);
        return consumer;
    }

    private static FakeProvider answering(Function<String, Outcome> bySubject) {
        return new FakeProvider("fake", email -> bySubject.apply(email.subject()));
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static List<String> subjects(String group, int count) {
        return IntStream.range(0, count).mapToObj(i -> group + "-" + i).toList();
    }

    @Test
    @DisplayName("Q12 each group is sent in its order, while sends fail for now and groups go beside each other")
    void everyGroupKeepsItsOrder() {
        long seed = System.nanoTime();
        System.out.println("SqsFifoConsumerTest seed " + seed);
        Random random = new Random(seed);
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        List<String> groups = List.of("a", "b", "c", "d", "e");
        groups.forEach(group -> FifoQueues.fill(observer, queues.url(), group, subjects(group, 12)));
        Map<String, Boolean> fails = new ConcurrentHashMap<>();
        groups.forEach(group -> {
            List<String> shuffled = new ArrayList<>(subjects(group, 12));
            Collections.shuffle(shuffled, random);
            fails.put(shuffled.get(0), true);
        });
        FakeProvider provider = answering(subject -> fails.remove(subject) != null
                ? new Outcome.Throttled("429", "", Optional.empty())
                : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        for (String group : groups) {
            assertThat(provider.sent().stream().filter(subject -> subject.startsWith(group)))
                    .isEqualTo(subjects(group, 12));
        }
        assertThat(events(QueueEvent.DeleteLost.class)).isEmpty();
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
    }

    @Test
    @DisplayName("Q12 while the first of a group fails, the later ones wait, and no receive is burnt")
    void aFailingHeadIsTriedAgainInItsPlace() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 5));
        AtomicInteger tries = new AtomicInteger();
        FakeProvider provider = answering(subject -> subject.equals("g-0") && tries.incrementAndGet() <= 2
                ? new Outcome.Unavailable("refused", "")
                : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).isEqualTo(subjects("g", 5));
        assertThat(events(QueueEvent.Held.class))
                .hasSize(2)
                .allMatch(held -> held.attempt() == 1 && held.code().equals("refused"));
        assertThat(events(QueueEvent.Returned.class)).isEmpty();
        assertThat(consumer.stats().received()).isEqualTo(5);
    }

    @Test
    @DisplayName("Q14 an outage pauses the intake and gives a held group back, which is sent in its order afterwards")
    void anOutageGivesAHeldGroupBack() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 4));
        AtomicInteger tries = new AtomicInteger();
        FakeProvider provider = answering(subject ->
                tries.incrementAndGet() <= 3 ? new Outcome.Unavailable("refused", "") : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer =
                consumer(queues, provider, c -> c.pauseWhenUnavailable(true).probeEvery(Duration.ofMillis(200)));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).isEqualTo(subjects("g", 4));
        assertThat(events(QueueEvent.Paused.class)).isNotEmpty();
        assertThat(events(QueueEvent.Resumed.class)).isNotEmpty();
        assertThat(events(QueueEvent.Returned.class)).isNotEmpty();
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
    }

    @Test
    void aGroupThatIsNotHeldGoesBackTheLastFirstAndComesAgainInItsOrder() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 4));
        AtomicBoolean fails = new AtomicBoolean(true);
        FakeProvider provider = answering(
                subject -> fails.getAndSet(false) ? new Outcome.Unavailable("refused", "") : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c.fifoOnTransient(FifoTransient.RELEASE));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).isEqualTo(subjects("g", 4));
        assertThat(events(QueueEvent.Returned.class))
                .extracting(QueueEvent.Returned::code)
                .containsExactly("behind_another", "behind_another", "behind_another", "refused");
        assertThat(events(QueueEvent.Held.class)).isEmpty();
    }

    @Test
    @DisplayName("Q12 a rejected head goes to the FIFO dead-letter queue, in its group, and the next is sent")
    void aRejectedHeadIsDeadLetteredAndTheNextIsSent() throws Exception {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 3));
        FakeProvider provider = answering(
                subject -> subject.equals("g-0") ? new Outcome.Rejected("http_400", "") : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactly("g-1", "g-2");
        List<Message> dead = LocalSqs.take(observer, queues.deadLetters());
        assertThat(dead).hasSize(1);
        String sourceId = new JsonMapper()
                .readTree(dead.get(0)
                        .messageAttributes()
                        .get(DeadLetterNote.ATTRIBUTE)
                        .stringValue())
                .get("sourceMessageId")
                .asText();
        assertThat(dead.get(0).attributes())
                .containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "g")
                .containsEntry(MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID, sourceId);
    }

    @Test
    @DisplayName("Q12 where groups may be blocked, nothing passes a rejected head, and other groups go on")
    void aRejectedHeadBlocksItsGroup() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 2);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 2));
        FifoQueues.fill(observer, queues.url(), "h", subjects("h", 2));
        FakeProvider provider = answering(
                subject -> subject.equals("g-0") ? new Outcome.Rejected("http_400", "") : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(
                queues,
                provider,
                c -> c.fifoOnRejected(FifoRejected.BLOCK)
                        .backoffBase(Duration.ofMinutes(10))
                        .backoffMax(Duration.ofMinutes(10)));

        consumer.start();

        await().atMost(LONG)
                .until(() -> !events(QueueEvent.Returned.class).isEmpty()
                        && provider.sent().size() == 2
                        && consumer.stats().owned() == 0);
        assertThat(provider.sent()).containsExactly("h-0", "h-1");
        assertThat(events(QueueEvent.Blocked.class))
                .singleElement()
                .returns("rejected", QueueEvent.Blocked::reason)
                .returns("http_400", QueueEvent.Blocked::code);
        assertThat(events(QueueEvent.DeadLettered.class)).isEmpty();
        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(2);
    }

    @Test
    @DisplayName(
            "Q4 the key is the group and the deduplication id; where one is required, a message without is malformed")
    void theKeyIsTheProducers() throws Exception {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", List.of("order-1"));
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c.requireExplicitKey(true));
        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.lastAsked()).returns("g/order-1", Email::idempotencyKey);

        LocalSqs.Queues plain = SQS.queues(observer, 100);
        LocalSqs.fill(
                observer,
                plain.url(),
                List.of(
                        LocalSqs.body("without"),
                        LocalSqs.body("with").replaceFirst("\\{", "{\"idempotencyKey\":\"k-1\",")));
        SqsEmailConsumer strict = consumer(plain, provider, c -> c.requireExplicitKey(true));
        strict.start();

        assertThat(strict.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactly("order-1", "with");
        assertThat(events(QueueEvent.DeadLettered.class))
                .singleElement()
                .returns("malformed", QueueEvent.DeadLettered::reason)
                .returns("key_missing", QueueEvent.DeadLettered::code);
    }

    @Test
    void anAnswerThatWasLostOnTheWayIsAskedForAgainAndDoesNotBlockItsGroup() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 3));
        AtomicBoolean first = new AtomicBoolean(true);
        faults.answering(response -> {
            if (response instanceof ReceiveMessageResponse receive && receive.hasMessages() && first.getAndSet(false)) {
                throw SdkClientException.create("connection reset");
            }
            return response;
        });
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c.visibility(Duration.ofMinutes(10)));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).isEqualTo(subjects("g", 3));
        List<ReceiveMessageRequest> asked = faults.requests(ReceiveMessageRequest.class);
        assertThat(asked.get(1).receiveRequestAttemptId())
                .isEqualTo(asked.get(0).receiveRequestAttemptId());
        assertThat(asked.get(2).receiveRequestAttemptId())
                .isNotEqualTo(asked.get(0).receiveRequestAttemptId());
    }

    @Test
    @DisplayName("Q11 a stop gives the rest of a group back, and the next consumer finds it in its order")
    void aStopReleasesTheRestOfAGroup() {
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        FifoQueues.fill(observer, queues.url(), "g", subjects("g", 4));
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            sending.countDown();
            awaitQuietly(answer);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(queues, provider, c -> c);
        consumer.start();
        await().atMost(LONG)
                .until(() -> sending.getCount() == 0 && consumer.stats().owned() == 4);

        Thread stop = new Thread(consumer::stop);
        stop.start();
        await().atMost(LONG).until(() -> events(QueueEvent.Returned.class).size() == 3);
        answer.countDown();
        StopReport report = consumer.stop();

        // The poll under way may bring the rest once more, after the delete of the first.
        assertThat(report).returns(1, StopReport::completed).returns(0, StopReport::abandoned);
        assertThat(report.released()).isGreaterThanOrEqualTo(3);
        assertThat(events(QueueEvent.Returned.class))
                .allMatch(back -> back.code().equals("stopping"));
        assertThat(provider.sent()).containsExactly("g-0");
        assertThat(LocalSqs.take(observer, queues.url()))
                .extracting(Message::body)
                .containsExactly(LocalSqs.body("g-1"), LocalSqs.body("g-2"), LocalSqs.body("g-3"));
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aFifoQueueWithAStandardDeadLetterQueueFailsTheStart() {
        String dead = SQS.queues(observer, 100).deadLetters();
        String arn = observer.getQueueAttributes(r -> r.queueUrl(dead).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        LocalSqs.Queues queues = FifoQueues.create(observer, 100);
        observer.setQueueAttributes(r -> r.queueUrl(queues.url())
                .attributes(Map.of(
                        QueueAttributeName.REDRIVE_POLICY,
                        "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":5}")));

        assertThatThrownBy(
                        () -> consumer(queues, FakeProvider.accepting(), c -> c).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must be a FIFO queue");
    }
}
