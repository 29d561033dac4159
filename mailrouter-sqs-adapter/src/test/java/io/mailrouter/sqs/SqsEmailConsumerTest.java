package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** Over the real wire; the tests mostly wait, so they do it together. */
@Execution(ExecutionMode.CONCURRENT)
class SqsEmailConsumerTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("ROOT");
    private final ListAppender<ILoggingEvent> logs = new ListAppender<>();

    @BeforeEach
    void listenToLogs() {
        logs.start();
        logger.addAppender(logs);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        logger.detachAppender(logs);
    }

    private EmailService service(EmailProvider... providers) {
        return service(Ambiguity.STOP, providers);
    }

    private EmailService service(Ambiguity ambiguity, EmailProvider... providers) {
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .onAmbiguity(ambiguity)
                .breaker(b -> b.openFor(Duration.ofSeconds(1), Duration.ofSeconds(1)));
        for (EmailProvider provider : providers) {
            builder.provider(provider);
        }
        EmailService service = builder.build();
        open.add(service);
        return service;
    }

    private SqsEmailConsumer consumer(Consumer<SqsEmailConsumerBuilder> change, EmailProvider... providers) {
        return consumer(service(providers), change);
    }

    private SqsEmailConsumer consumer(EmailService service, Consumer<SqsEmailConsumerBuilder> change) {
        SqsEmailConsumerBuilder builder = SqsEmailConsumer.builder(service, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(1))
                .listener(events::add);
        change.accept(builder);
        SqsEmailConsumer consumer = builder.build();
        open.add(0, consumer);
        return consumer;
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private static List<String> bodies(int count) {
        return IntStream.range(0, count).mapToObj(i -> LocalSqs.body("s-" + i)).toList();
    }

    private List<String> linesAtInfo() {
        return List.copyOf(logs.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static JsonNode note(Message dead) throws Exception {
        return new JsonMapper()
                .readTree(dead.messageAttributes().get("mailrouter.dead-letter").stringValue());
    }

    @Test
    void drainsTheQueueAndSendsEachMessageOnce() {
        LocalSqs.fill(client, queues.url(), bodies(500));
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(500).doesNotHaveDuplicates();
        assertThat(LocalSqs.size(client, queues.url())).isZero();
        assertThat(LocalSqs.size(client, queues.deadLetters())).isZero();
        assertThat(consumer.stats())
                .returns(500L, ConsumerStats::received)
                .returns(500L, ConsumerStats::deleted)
                .returns(0, ConsumerStats::owned);
        assertThat(events(QueueEvent.Deleted.class)).hasSize(500);
        assertThat(consumer.idleFor()).isPresent();
    }

    @Test
    @DisplayName("Q2 Q4 messages that come twice are sent once with an idempotency store, and all are deleted")
    void sendsWhatComesTwiceOnce() {
        FakeProvider provider = FakeProvider.accepting();
        EmailService emails = EmailService.builder()
                .provider(provider)
                .idempotency(InMemoryIdempotencyStore.create())
                .build();
        open.add(emails);
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .listener(events::add)
                .build();
        open.add(0, consumer);
        List<String> twice = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String body = LocalSqs.body("s-" + i).replaceFirst("\\{", "{\"idempotencyKey\":\"canary-" + i + "\",");
            twice.add(body);
            twice.add(body);
        }
        LocalSqs.fill(client, queues.url(), twice);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(events(QueueEvent.Deleted.class).stream().map(QueueEvent.Deleted::code))
                .filteredOn("duplicate"::equals)
                .hasSizeBetween(49, 50);
        assertThat(provider.sent()).hasSize(50).doesNotHaveDuplicates();

        LocalSqs.fill(
                client,
                queues.url(),
                List.of(LocalSqs.body("other").replaceFirst("\\{", "{\"idempotencyKey\":\"canary-0\",")));
        await().atMost(LONG).until(() -> !events(QueueEvent.DeadLettered.class).isEmpty());
        assertThat(events(QueueEvent.DeadLettered.class))
                .singleElement()
                .returns("malformed", QueueEvent.DeadLettered::reason)
                .returns("key_reused", QueueEvent.DeadLettered::code);
        assertThat(provider.sent()).hasSize(50);
        assertThat(linesAtInfo()).noneMatch(line -> line.contains("canary-"));
    }

    @Test
    void aMessageWithoutAKeyIsKnownByItsId() {
        FakeProvider provider = FakeProvider.accepting();
        LocalSqs.fill(client, queues.url(), List.of(LocalSqs.body("a"), LocalSqs.body("a")));
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactly("a", "a");
        assertThat(provider.lastAsked().idempotencyKey()).matches("[0-9a-f]{32}");
    }

    @Test
    @DisplayName("Q5 poison goes to the dead-letter queue after one receive, with a reason; the batch goes on")
    void poisonIsDeadLetteredAtOnce() throws Exception {
        String canary = "canary@secret.example";
        String junk = canary.repeat((256 << 10) / canary.length());
        LocalSqs.fill(
                client,
                queues.url(),
                List.of(
                        LocalSqs.body("s-0"),
                        junk,
                        LocalSqs.body("s-1").replace("\"v\":1", "\"v\":7"),
                        LocalSqs.body("s-2").replace("ada@example.org", canary + "@"),
                        LocalSqs.body("s-3").replace("}", ",\"" + canary + "\":1}"),
                        LocalSqs.body("s-4")));
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactlyInAnyOrder("s-0", "s-4");
        List<Message> dead = LocalSqs.take(client, queues.deadLetters());
        assertThat(dead).hasSize(4).extracting(Message::body).contains(junk);
        List<String> codes = new ArrayList<>();
        for (Message letter : dead) {
            JsonNode note = note(letter);
            codes.add(note.get("code").asText());
            assertThat(note.get("reason").asText()).isEqualTo("malformed");
            assertThat(note.get("attempts").asInt()).isEqualTo(1);
            assertThat(note.get("sourceQueue").asText()).startsWith("arn:aws:sqs:");
            assertThat(note.toString()).doesNotContain("canary").doesNotContain("secret");
        }
        assertThat(codes).containsExactlyInAnyOrder("not_json", "unknown_version", "invalid_field", "unknown_field");
        assertThat(linesAtInfo()).anyMatch(line -> line.contains("malformed"));
    }

    @Test
    @DisplayName("C11 no address, subject or body reaches a log at INFO or above, nor an event")
    void nothingPersonalIsLogged() {
        LocalSqs.fill(
                client,
                queues.url(),
                List.of(
                        "{\"v\":1,\"canary-secret",
                        body("ok", "canary-ok@secret.example"),
                        body("rejected", "canary-no@secret.example"),
                        body("unknown", "canary-unknown@secret.example"),
                        body("defect", "canary-defect@secret.example")));
        FakeProvider provider =
                new FakeProvider("fake", email -> switch (email.subject().substring(7)) {
                    case "ok" -> new Outcome.Accepted("m");
                    case "rejected" -> new Outcome.Rejected("http_400", "no such user canary-no@secret.example");
                    case "unknown" -> new Outcome.Unknown("timeout", "gone canary-unknown@secret.example");
                    default -> throw new IllegalStateException("canary-defect@secret.example");
                });
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(events(QueueEvent.DeadLettered.class)).hasSize(4);
        assertThat(linesAtInfo()).isNotEmpty().noneMatch(line -> line.contains("canary") || line.contains("secret."));
        assertThat(events.toString()).doesNotContain("canary").doesNotContain("secret.");
    }

    private static String body(String subject, String to) {
        return LocalSqs.body("canary-" + subject).replace("ada@example.org", to);
    }

    @Test
    void aRejectedMessageIsDeadLetteredWithItsAttributesAndTheReason() throws Exception {
        client.sendMessage(r -> r.queueUrl(queues.url())
                .messageBody(LocalSqs.body("s"))
                .messageAttributes(
                        java.util.Map.of("tenant", text("t-1"), MessageHandler.KEY_ATTRIBUTE, text("key-1"))));
        SqsEmailConsumer consumer =
                consumer(c -> {}, new FakeProvider("fake", email -> new Outcome.Rejected("http_400", "bad")));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        List<Message> dead = LocalSqs.take(client, queues.deadLetters());
        assertThat(dead).hasSize(1);
        assertThat(dead.get(0).body()).isEqualTo(LocalSqs.body("s"));
        assertThat(dead.get(0).messageAttributes().get("tenant").stringValue()).isEqualTo("t-1");
        JsonNode note = note(dead.get(0));
        assertThat(note.get("reason").asText()).isEqualTo("rejected");
        assertThat(note.get("code").asText()).isEqualTo("http_400");
        assertThat(note.get("idempotencyKey").asText()).isEqualTo("key-1");
        assertThat(note.get("version").asInt()).isEqualTo(1);
        assertThat(note.get("providers").toString()).isEqualTo("[{\"id\":\"fake\",\"code\":\"http_400\"}]");
        assertThat(note.get("sourceMessageId").asText()).isNotEmpty();
        assertThat(note.get("firstReceived").asText()).startsWith("20");
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    @Test
    void aMessageThatWasNotSentComesBackAfterItsDelayAndIsSent() {
        LocalSqs.fill(client, queues.url(), bodies(1));
        AtomicInteger tries = new AtomicInteger();
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> tries.incrementAndGet() < 3
                        ? new Outcome.Unavailable("refused", "")
                        : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(c -> c.pauseWhenUnavailable(false), provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).containsExactly("s-0");
        assertThat(events(QueueEvent.Returned.class))
                .hasSize(2)
                .allMatch(back -> back.code().equals("refused") && !back.delay().isZero())
                .extracting(QueueEvent.Returned::attempt)
                .containsExactly(1, 2);
        assertThat(events(QueueEvent.Paused.class)).isEmpty();
    }

    @Test
    void oneFailureAmongSuccessesDoesNotPauseTheIntake() {
        LocalSqs.fill(client, queues.url(), bodies(40));
        AtomicBoolean first = new AtomicBoolean(true);
        FakeProvider provider = new FakeProvider(
                "fake",
                email -> first.getAndSet(false) ? new Outcome.Unavailable("refused", "") : new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(40).doesNotHaveDuplicates();
        assertThat(events(QueueEvent.Paused.class)).isEmpty();
        assertThat(consumer.stats().received()).isEqualTo(41);
    }

    @Test
    void aMessageThatDoesNotSaySoFollowsTheService() {
        LocalSqs.fill(
                client,
                queues.url(),
                List.of(LocalSqs.body("silent"), LocalSqs.body("stop").replace("}", ",\"ambiguity\":\"stop\"}")));
        FakeProvider unsure = new FakeProvider("first", email -> new Outcome.Unknown("timeout", ""));
        FakeProvider second = new FakeProvider("second", email -> new Outcome.Accepted("m"));
        SqsEmailConsumer consumer = consumer(service(Ambiguity.RESEND_OTHER, unsure, second), c -> {});

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(second.sent()).containsExactly("silent");
        assertThat(events(QueueEvent.DeadLettered.class))
                .extracting(QueueEvent.DeadLettered::reason)
                .containsExactly("unknown");
    }

    @Test
    void aMessageWhoseAttemptsAreUsedUpIsDeadLettered() throws Exception {
        LocalSqs.fill(client, queues.url(), List.of(LocalSqs.body("bad"), LocalSqs.body("good")));
        FakeProvider down = new FakeProvider("first", email -> new Outcome.Unavailable("refused", ""));
        // The second provider shows that it is this sender, and not the service, that cannot be served.
        FakeProvider other = new FakeProvider(
                "second",
                email -> email.subject().equals("good")
                        ? new Outcome.Accepted("m")
                        : new Outcome.Misconfigured("not_verified", "", Outcome.Scope.REQUEST));
        SqsEmailConsumer consumer = consumer(c -> c.maxAttempts(2), down, other);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(other.sent()).containsExactly("good");
        List<Message> dead = LocalSqs.take(client, queues.deadLetters());
        assertThat(dead).hasSize(1);
        assertThat(note(dead.get(0)).get("reason").asText()).isEqualTo("attempts_used");
        assertThat(note(dead.get(0)).get("code").asText()).isEqualTo("not_verified");
        assertThat(note(dead.get(0)).get("attempts").asInt()).isEqualTo(2);
    }

    @Test
    @DisplayName("Q14 an outage of 6 s dead-letters nothing, pauses intake, and all is sent afterwards")
    void anOutageDeadLettersNothing() {
        LocalSqs.Queues strict = SQS.queues(client, 8);
        LocalSqs.fill(client, strict.url(), bodies(50));
        AtomicBoolean up = new AtomicBoolean();
        FakeProvider provider = new FakeProvider(
                "fake", email -> up.get() ? new Outcome.Accepted("m") : new Outcome.Unavailable("refused", ""));
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(service(provider), client, strict.url())
                .waitTime(Duration.ofSeconds(1))
                .maxAttempts(4)
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(2))
                .probeEvery(Duration.ofSeconds(1))
                .listener(events::add)
                .build();
        open.add(0, consumer);
        long start = System.nanoTime();

        consumer.start();
        await().atMost(LONG).until(() -> consumer.stats().paused());
        await().atMost(LONG)
                .until(() -> System.nanoTime() - start > Duration.ofSeconds(6).toNanos());
        long receivedInOutage = consumer.stats().received();
        up.set(true);

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.sent()).hasSize(50).doesNotHaveDuplicates();
        assertThat(LocalSqs.size(client, strict.deadLetters())).isZero();
        assertThat(events(QueueEvent.DeadLettered.class)).isEmpty();
        assertThat(receivedInOutage).isLessThan(60);
        // The breaker may need more than one trial to be convinced, and intake follows it.
        assertThat(events(QueueEvent.Paused.class)).isNotEmpty();
        assertThat(events(QueueEvent.Resumed.class)).hasSameSizeAs(events(QueueEvent.Paused.class));
    }

    @Test
    @DisplayName("Q6 sends that take longer than the visibility are started once, and so is one that waits for them")
    void aSlowSendIsStartedOnce() {
        LocalSqs.fill(client, queues.url(), bodies(3));
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            awaitLatch(release);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer =
                // Extended every second: a machine may stand still for nine before a lease ends.
                consumer(
                        c -> c.visibility(Duration.ofSeconds(10))
                                .heartbeatAt(0.1)
                                .concurrency(2),
                        provider);

        consumer.start();
        await().atMost(LONG).until(() -> events(QueueEvent.LeaseExtended.class).size() >= 3 * 12);
        release.countDown();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.asked()).isEqualTo(3);
        assertThat(consumer.stats().received()).isEqualTo(3);
        assertThat(events(QueueEvent.LeaseLost.class)).isEmpty();
    }

    @Test
    @DisplayName("Q11 stop while busy: what runs ends, what waits is visible at once, the report is exact")
    void stopEndsWhatRunsAndReleasesTheRest() throws Exception {
        LocalSqs.fill(client, queues.url(), bodies(10));
        CountDownLatch running = new CountDownLatch(3);
        CountDownLatch release = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            running.countDown();
            awaitLatch(release);
            return new Outcome.Accepted("m");
        });
        SqsEmailConsumer consumer = consumer(c -> c.concurrency(3).prefetch(7).batchSize(10), provider);
        consumer.start();
        running.await();
        await().atMost(LONG).until(() -> consumer.stats().owned() == 10);

        Queue<StopReport> reports = new ConcurrentLinkedQueue<>();
        Thread first = new Thread(() -> reports.add(consumer.stop()));
        Thread second = new Thread(() -> reports.add(consumer.stop()));
        first.start();
        second.start();
        await().atMost(LONG).until(() -> events(QueueEvent.Returned.class).size() == 7);
        List<Message> visible = LocalSqs.take(client, queues.url());
        release.countDown();
        first.join();
        second.join();

        assertThat(visible).hasSize(7);
        assertThat(provider.sent()).hasSize(3);
        assertThat(reports).containsExactly(new StopReport(3, 7, 0), new StopReport(3, 7, 0));
        assertThat(LocalSqs.size(client, queues.url())).isEqualTo(7);
        assertThat(events(QueueEvent.Returned.class))
                .allMatch(back -> back.delay().isZero() && back.code().equals("stopping"));
        consumer.close();
    }

    @Test
    void aSendThatOutlivesTheStopIsInterruptedAndItsMessageIsNotSentAgain() throws Exception {
        LocalSqs.fill(client, queues.url(), bodies(1));
        CountDownLatch running = new CountDownLatch(1);
        FakeProvider provider = new FakeProvider("fake", email -> {
            running.countDown();
            awaitLatch(new CountDownLatch(1));
            return new Outcome.Unknown("interrupted", "");
        });
        SqsEmailConsumer consumer = consumer(c -> c.stopTimeout(Duration.ofMillis(300)), provider);
        consumer.start();
        running.await();

        StopReport report = consumer.stop();

        assertThat(report).isEqualTo(new StopReport(1, 0, 0));
        assertThat(LocalSqs.size(client, queues.url())).isZero();
        assertThat(note(LocalSqs.take(client, queues.deadLetters()).get(0))
                        .get("reason")
                        .asText())
                .isEqualTo("unknown");
    }

    @Test
    @DisplayName("Q13 a stale message is deleted and counted, and not sent")
    void aStaleMessageIsDeleted() {
        String stale = LocalSqs.body("late").replace("}", ",\"notAfter\":\"2020-01-01T00:00:00Z\"}");
        LocalSqs.fill(client, queues.url(), List.of(stale));
        FakeProvider provider = FakeProvider.accepting();
        SqsEmailConsumer consumer = consumer(c -> {}, provider);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.asked()).isZero();
        assertThat(events(QueueEvent.Deleted.class))
                .extracting(QueueEvent.Deleted::code)
                .containsExactly("expired");
    }

    @Test
    void aClosedServiceStopsTheConsumerAndLosesNothing() {
        LocalSqs.fill(client, queues.url(), bodies(5));
        EmailService closed = service(FakeProvider.accepting());
        closed.close();
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(closed, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .build();
        open.add(0, consumer);

        consumer.start();

        await().atMost(LONG)
                .until(() -> consumer.stats().pollers() == 0 && consumer.stats().owned() == 0);
        assertThat(LocalSqs.size(client, queues.url())).isEqualTo(5);
        assertThat(LocalSqs.size(client, queues.deadLetters())).isZero();
    }

    static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
