package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Lambda is told of a batch; what the queue is told besides is {@link LambdaQueueFaultTest}'s. */
class SqsEmailLambdaHandlerTest {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String FIFO = LambdaEvents.ARN + ".fifo";

    private final FakeProvider provider = new FakeProvider(
            "fake",
            email -> email.subject().startsWith("down")
                    ? new Outcome.Unavailable("refused", "")
                    : new Outcome.Accepted("m-1"));
    private final EmailService emails =
            EmailService.builder().provider(provider).build();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<String> lines = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void close() {
        end.countDown();
        emails.close();
    }

    private SqsEmailLambdaHandler handler(UnaryOperator<SqsEmailLambdaHandlerBuilder> change) {
        return change.apply(SqsEmailLambdaHandler.builder(emails)
                        .onUnknown(Handling.DELETE)
                        .onRejected(Handling.DELETE)
                        .onMalformed(Handling.DELETE)
                        .listener(events::add)
                        .out(lines::add))
                .build();
    }

    private static List<String> failed(SqsEmailLambdaHandler handler, SQSEvent event) {
        return LambdaEvents.failed(handler.handleRequest(event, LambdaEvents.TimeLeft.plenty()));
    }

    private SendResult sendUnless(Email email, Runnable what, String subject) {
        if (email.subject().equals(subject)) {
            what.run();
        }
        return emails.trySend(email);
    }

    @Test
    void tellsLambdaOfNoFailureWhenAllAreSent() {
        List<String> failed = failed(handler(b -> b), LambdaEvents.emails("a", "b", "c"));

        assertThat(failed).isEmpty();
        assertThat(provider.sent()).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(events)
                .contains(
                        new QueueEvent.Received("emails", 3),
                        new QueueEvent.Started("emails", "a", 1),
                        new QueueEvent.Accepted("emails", "a", 1),
                        new QueueEvent.Deleted("emails", "a", "accepted"),
                        new QueueEvent.Deleted("emails", "b", "accepted"),
                        new QueueEvent.Deleted("emails", "c", "accepted"));
    }

    @Test
    @DisplayName("Q9 one of ten fails: only its id is returned")
    void returnsTheOneThatFails() {
        String[] ten =
                IntStream.range(0, 10).mapToObj(i -> i == 6 ? "down" : "m" + i).toArray(String[]::new);

        assertThat(failed(handler(b -> b), LambdaEvents.emails(ten))).containsExactly("down");
        assertThat(provider.sent()).hasSize(9);
    }

    @ParameterizedTest(name = "Q9 Q16 {0} in one send: its id is returned, the others are sent")
    @ValueSource(classes = {IllegalStateException.class, StackOverflowError.class, LinkageError.class})
    void returnsWhatMetADefect(Class<? extends Throwable> defect) {
        SqsEmailLambdaHandler handler =
                handler(b -> b.concurrency(1).sending(email -> sendUnless(email, () -> fail(defect), "poison")));

        assertThat(failed(handler, LambdaEvents.emails("a", "poison", "b"))).containsExactly("poison");
        assertThat(provider.sent()).containsExactly("a", "b");
    }

    private static void fail(Class<? extends Throwable> defect) {
        if (defect == StackOverflowError.class) {
            throw new StackOverflowError("made up");
        }
        if (defect == LinkageError.class) {
            throw new LinkageError("made up");
        }
        throw new IllegalStateException("made up");
    }

    @Test
    @DisplayName("Q16 a JVM without memory: the message and all that have not begun are returned")
    void beginsNoMoreWithoutMemory() {
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).sending(email -> {
            Runnable outOfMemory = () -> {
                throw new OutOfMemoryError("made up");
            };
            return sendUnless(email, outOfMemory, "poison");
        }));

        assertThat(failed(handler, LambdaEvents.emails("a", "poison", "b", "c")))
                .containsExactly("poison", "b", "c");
        assertThat(provider.sent()).containsExactly("a");
    }

    @Test
    @DisplayName("Q9 what meets an error after it was sent is not returned, for it would be sent again")
    void neverReturnsWhatIsSent() {
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).listener(event -> {
            if (event instanceof QueueEvent.Accepted) {
                Thread.currentThread().interrupt();
                throw new StackOverflowError("made up");
            }
        }));

        assertThat(failed(handler, LambdaEvents.emails("a", "b"))).isEmpty();
        assertThat(provider.sent()).containsExactly("a", "b");
    }

    @Test
    @DisplayName("Q9 a listener that throws an error fails nothing")
    void survivesItsListener() {
        SqsEmailLambdaHandler handler = handler(b -> b.listener(event -> {
            throw new LinkageError("made up");
        }));

        assertThat(failed(handler, LambdaEvents.emails("a", "b"))).isEmpty();
    }

    @Test
    @DisplayName("Q9 a context that throws: every id is returned, and nothing is thrown")
    void survivesItsContext() {
        SQSBatchResponse response = handler(b -> b)
                .handleRequest(LambdaEvents.emails("a", "b"), new LambdaEvents.TimeLeft(() -> {
                    throw new IllegalStateException("made up");
                }));

        assertThat(LambdaEvents.failed(response)).containsExactly("a", "b");
        assertThat(provider.asked()).isZero();
    }

    @Test
    @DisplayName("Q9 a batch whose messages cannot be named fails as a whole, for an empty answer would delete it")
    void neverAnswersForMessagesThatItCannotName() {
        SqsEmailLambdaHandler handler = handler(b -> b);
        SQSEvent unreadable = new SQSEvent() {
            @Override
            public List<SQSMessage> getRecords() {
                throw new OutOfMemoryError("made up");
            }
        };

        assertThatThrownBy(() -> handler.handleRequest(unreadable, LambdaEvents.TimeLeft.plenty()))
                .isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    @DisplayName("Q8 once Lambda has its answer no other message of the batch begins")
    void beginsNothingAfterItsAnswer() {
        Queue<String> started = new ConcurrentLinkedQueue<>();
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).sending(email -> {
            started.add(email.subject());
            awaitEnd();
            return emails.trySend(email);
        }));
        AtomicInteger asked = new AtomicInteger();

        List<String> failed = LambdaEvents.failed(handler.handleRequest(
                LambdaEvents.emails("a", "b", "c"), new LambdaEvents.TimeLeft(() -> {
                    if (started.isEmpty() || asked.incrementAndGet() > 1) {
                        return 600_000;
                    }
                    throw new IllegalStateException("made up");
                })));
        end.countDown();

        assertThat(failed).containsExactly("a", "b", "c");
        await().atMost(LONG)
                .until(() -> events.contains(new QueueEvent.Returned("emails", "c", 1, Duration.ZERO, "answered")));
        assertThat(started).containsExactly("a");
    }

    @Test
    @DisplayName("Q8 no message begins that could not end in time: all are returned")
    void beginsNothingWithoutTime() {
        int justTooLittle = (int) emails.deadline().plusSeconds(2).toMillis();

        SQSBatchResponse response = handler(b -> b)
                .handleRequest(LambdaEvents.emails("a", "b"), new LambdaEvents.TimeLeft(() -> justTooLittle));

        assertThat(LambdaEvents.failed(response)).containsExactly("a", "b");
        assertThat(provider.asked()).isZero();
    }

    @Test
    @DisplayName("Q8 stops taking work near the time-out, and returns what has not begun")
    void stopsTakingWorkNearItsEnd() {
        AtomicInteger left = new AtomicInteger(60_000);
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).sending(email -> {
            left.addAndGet(-10_000);
            return emails.trySend(email);
        }));

        SQSBatchResponse response = handler.handleRequest(
                LambdaEvents.emails("a", "b", "c", "d", "e"), new LambdaEvents.TimeLeft(left::get));

        assertThat(provider.sent()).as("32 s are needed").containsExactly("a", "b", "c");
        assertThat(LambdaEvents.failed(response)).containsExactly("d", "e");
    }

    @Test
    @DisplayName("Q8 a send that is still under way at the margin is returned, and goes on")
    void returnsWhatIsUnderWayAtTheMargin() {
        AtomicInteger left = new AtomicInteger(60_000);
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).sending(email -> {
            if (email.subject().equals("slow")) {
                left.set(1_900);
                awaitEnd();
            }
            return emails.trySend(email);
        }));

        SQSBatchResponse response =
                handler.handleRequest(LambdaEvents.emails("a", "slow", "b"), new LambdaEvents.TimeLeft(left::get));

        assertThat(LambdaEvents.failed(response)).containsExactly("slow", "b");
        end.countDown();
        await().atMost(LONG).until(() -> provider.sent().equals(List.of("a", "slow")));
    }

    private void awaitEnd() {
        try {
            end.await(90, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void leavesTheNextInvocationItsThreads() {
        AtomicInteger left = new AtomicInteger(60_000);
        SqsEmailLambdaHandler handler = handler(b -> b.concurrency(1).sending(email -> {
            if (email.subject().equals("slow")) {
                left.set(1_000);
                awaitEnd();
            }
            return emails.trySend(email);
        }));

        assertThat(LambdaEvents.failed(
                        handler.handleRequest(LambdaEvents.emails("slow"), new LambdaEvents.TimeLeft(left::get))))
                .containsExactly("slow");
        assertThat(failed(handler, LambdaEvents.emails("a"))).isEmpty();
    }

    @Test
    void answersAnEventWithoutMessagesWithNoFailure() {
        SqsEmailLambdaHandler handler = handler(b -> b);

        assertThat(failed(handler, null)).isEmpty();
        assertThat(failed(handler, new SQSEvent())).isEmpty();
        assertThat(failed(handler, LambdaEvents.event())).isEmpty();
        assertThat(failed(handler, LambdaEvents.event((SQSEvent.SQSMessage) null)))
                .isEmpty();
        assertThat(LambdaEvents.failed(handler.handleRequest(LambdaEvents.emails("a"), null)))
                .isEmpty();
    }

    @Test
    @DisplayName("Q9 no id is returned that is empty, unknown or named twice: each would fail the whole batch")
    void namesOnlyWhatItKnowsAndEachOnce() {
        SQSEvent.SQSMessage bare = new SQSEvent.SQSMessage();
        SQSEvent.SQSMessage nameless = LambdaEvents.entry(null, LocalSqs.body("down 1"));
        SQSEvent.SQSMessage empty = LambdaEvents.entry("", LocalSqs.body("down 2"));
        SQSEvent.SQSMessage odd = LambdaEvents.entry("odd", LocalSqs.body("down 3"));
        odd.getAttributes().put("ApproximateReceiveCount", "many");
        odd.getAttributes().put("SentTimestamp", null);
        odd.getMessageAttributes().put("none", null);
        odd.setEventSourceArn(null);

        List<String> failed = failed(
                handler(b -> b),
                LambdaEvents.event(
                        bare,
                        nameless,
                        empty,
                        odd,
                        LambdaEvents.entry("twice", LocalSqs.body("down 4")),
                        LambdaEvents.entry("twice", LocalSqs.body("down 4"))));

        assertThat(failed).containsExactly("odd", "twice");
    }

    @Test
    void sendsAMessageOnceThatABatchHoldsTwice() {
        assertThat(failed(handler(b -> b), LambdaEvents.emails("a", "a"))).isEmpty();

        assertThat(provider.sent()).containsExactly("a");
    }

    @Test
    @DisplayName("Q12 after a failure the later messages of its group are returned unsent, other groups go on")
    void keepsTheOrderOfAGroup() {
        SQSEvent event = LambdaEvents.event(
                LambdaEvents.grouped("a1", "a", FIFO),
                LambdaEvents.grouped("b1", "b", FIFO),
                LambdaEvents.grouped("down a2", "a", FIFO),
                LambdaEvents.grouped("b2", "b", FIFO),
                LambdaEvents.grouped("a3", "a", FIFO),
                LambdaEvents.grouped("a4", "a", FIFO),
                LambdaEvents.grouped("b3", "b", FIFO));

        assertThat(failed(handler(b -> b), event)).containsExactly("down a2", "a3", "a4");
        assertThat(provider.sent()).filteredOn(s -> s.startsWith("a")).containsExactly("a1");
        assertThat(provider.sent()).filteredOn(s -> s.startsWith("b")).containsExactly("b1", "b2", "b3");
    }

    @Test
    void takesAGroupOfAStandardQueueForNoOrder() {
        SQSEvent event = LambdaEvents.event(
                LambdaEvents.grouped("down 1", "tenant", LambdaEvents.ARN),
                LambdaEvents.grouped("a", "tenant", LambdaEvents.ARN));

        assertThat(failed(handler(b -> b), event)).containsExactly("down 1");
        assertThat(provider.sent()).containsExactly("a");
    }

    @Test
    @DisplayName("Q14 when the service takes nothing, the messages that have not begun are returned at once")
    void asksNobodyForTheRestInAnOutage() {
        String[] down = IntStream.range(0, 100).mapToObj(i -> "down " + i).toArray(String[]::new);

        List<String> failed = failed(handler(b -> b.concurrency(1)), LambdaEvents.emails(down));

        assertThat(failed).containsExactly(down);
        assertThat(provider.asked()).isLessThan(10);
        assertThat(events.stream()
                        .filter(QueueEvent.Returned.class::isInstance)
                        .map(QueueEvent.Returned.class::cast)
                        .filter(back -> back.code().equals("paused"))
                        .filter(back -> !back.delay().isZero()))
                .as("put off as if each had been tried")
                .hasSizeGreaterThan(90);
    }

    @Test
    void returnsEverythingWhenTheServiceIsClosed() {
        emails.close();

        assertThat(failed(handler(b -> b.concurrency(1)), LambdaEvents.emails("a", "b")))
                .containsExactly("a", "b");
    }

    @Test
    @DisplayName("X12 the receive count decides when the attempts are used up")
    void countsReceives() {
        SQSEvent.SQSMessage last = LambdaEvents.entry("last", LocalSqs.body("down"));
        last.getAttributes().put("ApproximateReceiveCount", "3");
        SqsEmailLambdaHandler handler = handler(b -> b.maxAttempts(3));

        assertThat(failed(handler, LambdaEvents.event(last))).containsExactly("last");
        assertThat(events)
                .as("it would be dead-lettered, if that were possible")
                .anyMatch(event -> event instanceof QueueEvent.Returned back
                        && back.code().equals("not_dead_lettered")
                        && back.attempt() == 3);
    }

    @Test
    void countsAMessageThatWasSentBeforeAsDone() {
        try (EmailService knowing = EmailService.builder()
                .provider(provider)
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            SqsEmailLambdaHandler handler =
                    SqsEmailLambdaHandler.builder(knowing).listener(events::add).build();

            assertThat(failed(handler, LambdaEvents.emails("a"))).isEmpty();
            assertThat(failed(handler, LambdaEvents.emails("a"))).isEmpty();

            assertThat(provider.sent()).containsExactly("a");
            assertThat(events).contains(new QueueEvent.Duplicate("emails", "a", 1));
        }
    }

    @Test
    void refusesAMessageWithoutAKeyWhenItMustNameOne() {
        SqsEmailLambdaHandler handler = handler(b -> b.requireExplicitKey(true));

        assertThat(failed(handler, LambdaEvents.emails("a"))).isEmpty();

        assertThat(provider.asked()).isZero();
        assertThat(events).contains(new QueueEvent.Deleted("emails", "a", "malformed"));
    }

    @Test
    void sendsUnderTheKeyThatItsMessageNames() {
        SQSEvent.SQSMessage entry = LambdaEvents.entry("a", LocalSqs.body("a"));
        SQSEvent.MessageAttribute key = new SQSEvent.MessageAttribute();
        key.setDataType("String");
        key.setStringValue("order-42");
        entry.getMessageAttributes().put("mailrouter.idempotency-key", key);
        SQSEvent.MessageAttribute binary = new SQSEvent.MessageAttribute();
        binary.setDataType("Binary");
        binary.setBinaryValue(ByteBuffer.wrap(new byte[] {1}));
        entry.getMessageAttributes().put("other", binary);

        assertThat(failed(handler(b -> b), LambdaEvents.event(entry))).isEmpty();
        assertThat(provider.lastAsked().idempotencyKey()).isEqualTo("order-42");
    }

    @Test
    void printsOneLineOfMetricsForAnInvocation() throws Exception {
        SqsEmailLambdaHandler handler = handler(b -> b.metrics("shop/mail"));

        handler.handleRequest(
                LambdaEvents.event(
                        LambdaEvents.entry("a", LocalSqs.body("a")),
                        LambdaEvents.entry("d", LocalSqs.body("down")),
                        LambdaEvents.entry("j", "junk ada@example.org")),
                LambdaEvents.TimeLeft.plenty());

        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).doesNotContain("example.org", "\n");
        JsonNode line = new JsonMapper().readTree(lines.get(0));
        JsonNode directive = line.at("/_aws/CloudWatchMetrics/0");
        assertThat(directive.get("Namespace").asText()).isEqualTo("shop/mail");
        assertThat(directive.at("/Dimensions/0/0").asText()).isEqualTo("queue");
        assertThat(line.get("queue").asText()).isEqualTo("emails");
        assertThat(line.get("received").asInt()).isEqualTo(3);
        assertThat(line.get("accepted").asInt()).isEqualTo(1);
        assertThat(line.get("discarded").asInt()).isEqualTo(1);
        assertThat(line.get("deadLettered").asInt()).isZero();
        assertThat(line.get("failed").asInt()).isEqualTo(1);
        directive
                .get("Metrics")
                .forEach(metric -> assertThat(line.get(metric.get("Name").asText()))
                        .as(metric.toString())
                        .isNotNull());
    }

    @Test
    void answersWhenItsMetricsCannotBePrinted() {
        SqsEmailLambdaHandler handler = handler(b -> b.metrics("m").out(line -> {
            throw new IllegalStateException("made up");
        }));

        assertThat(failed(handler, LambdaEvents.emails("a", "down"))).containsExactly("down");
    }
}
