package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import io.mailrouter.sqs.SqsFront.Fault;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults.Direction;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The wire between the consumer and its queue breaks, before and after the effect of a call; the service, which has an
 * idempotency store, sends nothing twice, and nothing is lost.
 */
@Execution(ExecutionMode.CONCURRENT)
class WireFaultTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(120);
    private static final Duration PATIENCE = Duration.ofSeconds(6);
    private static final String JUNK = "this is no email";

    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 1_000);
    private final Set<String> failedOnce = ConcurrentHashMap.newKeySet();
    private final FakeProvider provider = new FakeProvider(
            "fake",
            email -> email.subject().startsWith("again") && failedOnce.add(email.subject())
                    ? new Outcome.Unavailable("outage", "")
                    : new Outcome.Accepted("m"));
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private SqsFront front() {
        SqsFront front = new SqsFront(SQS.port());
        open.push(front);
        return front;
    }

    /** A consumer that asks through something that stands before the queue at this port. */
    private SqsEmailConsumer consumer(int port) {
        return consumer(SQS.client(port));
    }

    private SqsEmailConsumer consumer(SqsClient client) {
        EmailService emails = EmailService.builder()
                .provider(provider)
                .idempotency(InMemoryIdempotencyStore.create())
                .build();
        open.push(emails);
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .visibility(Duration.ofSeconds(3))
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(1))
                .maxAttempts(100)
                .stopTimeout(Duration.ofSeconds(2))
                .build();
        open.push(consumer);
        return consumer;
    }

    private List<String> fill(int count) {
        List<String> emails = new ArrayList<>();
        IntStream.range(0, count).forEach(i -> emails.add((i % 5 == 0 ? "again-" : "s-") + i));
        LocalSqs.fill(
                observer, queues.url(), emails.stream().map(LocalSqs::keyed).toList());
        return emails;
    }

    private void awaitDone(SqsEmailConsumer consumer) {
        await().atMost(LONG).until(() -> LocalSqs.size(observer, queues.url()) == 0);
        await().atMost(LONG).until(() -> consumer.stats().owned() == 0);
    }

    static Stream<Arguments> calls() {
        return Stream.of("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "SendMessage")
                .flatMap(operation -> Stream.of(Fault.values())
                        .filter(fault -> fault != Fault.NONE)
                        .map(fault -> Arguments.of(operation, fault)));
    }

    @ParameterizedTest(name = "Q7 Q10 {1} of {0}")
    @MethodSource("calls")
    @DisplayName(
            "Q7 Q10 any call fails, before or after its effect: nothing is lost, nothing sent twice, permits return")
    void anyCallFails(String operation, Fault fault) {
        List<String> emails = fill(10);
        LocalSqs.fill(observer, queues.url(), List.of(JUNK));
        SqsFront front = front();
        // A client would wait for half a minute for the answer to a poll; any other call has a limit of the consumer's.
        SqsEmailConsumer consumer = consumer(
                operation.equals("ReceiveMessage")
                        ? SQS.impatientClient(front.port(), PATIENCE)
                        : SQS.client(front.port()));
        // The SDK tries thrice what may succeed the second time: with four failures one call fails as a whole.
        int failures = fault == Fault.DENIED || fault == Fault.STALL ? 1 : 4;
        AtomicInteger count = new AtomicInteger();
        front.tell(called -> called.equals(operation) && count.incrementAndGet() <= failures ? fault : Fault.NONE);

        consumer.start();

        awaitDone(consumer);

        assertThat(count).hasValueGreaterThan(failures);
        assertThat(provider.sent()).containsExactlyInAnyOrderElementsOf(emails);
        // Where the answer to the copy is lost it is written again: at least once, as anything in a queue.
        assertThat(LocalSqs.take(observer, queues.deadLetters()))
                .isNotEmpty()
                .allMatch(dead -> dead.body().equals(JUNK));
        assertThat(consumer.stats().failing()).isFalse();
    }

    @Test
    @DisplayName("Q10 the queue is gone for a while: no hot loop, health shows it, then all is sent once")
    void theQueueIsGone() {
        SqsFront front = front();
        SqsEmailConsumer consumer = consumer(front.port());
        consumer.start();
        front.tell(operation -> Fault.RESET_BEFORE);
        List<String> emails = fill(40);
        await().atMost(LONG).until(() -> consumer.stats().failing());
        long before = front.calls("ReceiveMessage");
        await().atMost(LONG).pollDelay(Duration.ofSeconds(4)).until(() -> true);

        // About four polls in this time, of which the SDK makes three calls each, and more on a slow machine.
        assertThat(front.calls("ReceiveMessage") - before).isLessThanOrEqualTo(24);
        assertThat(consumer.stats().failing()).isTrue();
        assertThat(consumer.isRunning()).isTrue();
        front.tell(operation -> Fault.NONE);

        awaitDone(consumer);
        assertThat(provider.sent()).containsExactlyInAnyOrderElementsOf(emails);
        assertThat(consumer.stats().failing()).isFalse();
    }

    @Test
    @DisplayName("Q7 Q10 a network that loses answers and cuts connections at random: all is sent once")
    void theNetworkIsBad() {
        long seed = System.nanoTime();
        System.out.println("WireFaultTest: seed " + seed);
        Random random = new Random(seed);
        List<String> emails = fill(200);
        FaultProxy proxy = FaultProxy.before(SQS.port(), seed);
        open.push(proxy);
        SqsEmailConsumer consumer = consumer(SQS.impatientClient(proxy.port(), PATIENCE));
        consumer.start();

        proxy.lose(0.3);
        for (int i = 0; i < 8 || proxy.lost() < 3; i++) {
            await().atMost(LONG)
                    .pollDelay(Duration.ofMillis(random.nextInt(400)))
                    .until(() -> true);
            proxy.cut();
            proxy.resetAfter(
                    random.nextBoolean() ? Direction.REQUESTS : Direction.ANSWERS, 500 + random.nextInt(20_000));
        }
        proxy.heal();

        awaitDone(consumer);
        assertThat(provider.sent()).containsExactlyInAnyOrderElementsOf(emails);
    }
}
