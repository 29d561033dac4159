package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageRequest;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** Dead letters over the real wire, most of them written by a consumer. */
@Execution(ExecutionMode.CONCURRENT)
class DeadLettersTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final FakeProvider provider = new FakeProvider("fake", email -> switch (email.subject()) {
        case "unknown" -> new Outcome.Unknown("timeout", "");
        case "rejected" -> new Outcome.Rejected("http_400", "");
        default -> new Outcome.Accepted("m");
    });
    private final EmailService emails = EmailService.builder()
            .provider(provider)
            .idempotency(InMemoryIdempotencyStore.builder().build())
            .build();
    private final DeadLetters letters = DeadLetters.of(client, queues.deadLetters());

    @AfterEach
    void closeTheService() {
        emails.close();
    }

    private void drain() {
        try (SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, observer, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .build()) {
            consumer.start();
            assertThat(consumer.awaitDrained(LONG)).isTrue();
        }
    }

    private void deadLetter(String... subjects) {
        LocalSqs.fill(
                observer,
                queues.url(),
                List.of(subjects).stream().map(LocalSqs::body).toList());
        drain();
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    /** Puts a message into the dead-letter queue as if somebody had dead-lettered it. */
    private void bury(String body, Map<String, String> attributes) {
        Map<String, MessageAttributeValue> values = new HashMap<>();
        attributes.forEach((name, value) -> values.put(name, text(value)));
        observer.sendMessage(
                r -> r.queueUrl(queues.deadLetters()).messageBody(body).messageAttributes(values));
    }

    private String arn(String url) {
        return observer.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
    }

    private List<String> subjects(String url) {
        return LocalSqs.take(observer, url).stream()
                .map(message -> message.body().replaceAll(".*\"subject\":\"([^\"]*)\".*", "$1"))
                .toList();
    }

    @Test
    void listsEachWithItsReasonAndItsRecipientsMaskedAndGivesAllBack() {
        Instant before = Instant.now().minusSeconds(60);
        deadLetter("rejected", "unknown");

        List<DeadLetter> all = letters.list(100);

        assertThat(all).hasSize(2);
        DeadLetter rejected = all.stream()
                .filter(DeadLetter.hasReason("rejected"))
                .findFirst()
                .orElseThrow();
        assertThat(rejected.code()).isEqualTo("http_400");
        assertThat(rejected.attempts()).isEqualTo(1);
        assertThat(rejected.firstReceived())
                .hasValueSatisfying(time -> assertThat(time).isAfter(before));
        assertThat(rejected.sentAt()).isAfter(before);
        assertThat(rejected.sourceQueue()).isEqualTo(arn(queues.url()));
        assertThat(rejected.providers()).containsExactly(new DeadLetter.Tried("fake", "http_400"));
        assertThat(rejected.recipients()).containsExactly("a***@example.org");
        assertThat(rejected.idempotencyKey()).isNotEmpty();
        assertThat(rejected).hasToString("DeadLetter[" + rejected.messageId() + ", rejected, http_400]");
        assertThat(LocalSqs.take(observer, queues.deadLetters()))
                .as("visible at once")
                .hasSize(2);
    }

    @Test
    void listsAsManyAsAreAskedFor() {
        LocalSqs.fill(
                observer,
                queues.deadLetters(),
                IntStream.range(0, 25).mapToObj(i -> LocalSqs.body("s" + i)).toList());

        assertThat(letters.list(12)).hasSize(12).doesNotHaveDuplicates();
        assertThat(letters.list(100))
                .extracting(DeadLetter::messageId)
                .hasSize(25)
                .doesNotHaveDuplicates();
        assertThatThrownBy(() -> letters.list(0)).hasMessage("max is 0: 1 to 10000 is needed");
    }

    @Test
    void whatHasNoNoteWasMovedByTheQueueAndWhatHasAWrongOneIsShownWithoutHarm() {
        bury(LocalSqs.body("a"), Map.of());
        bury("junk", Map.of(DeadLetterNote.ATTRIBUTE, "{\"reason\":7}"));
        bury(
                "junk",
                Map.of(DeadLetterNote.ATTRIBUTE, "{\"reason\":\"a\\u001b[2Jb\",\"providers\":7,\"attempts\":\"x\"}"));

        assertThat(letters.list(10))
                .extracting(DeadLetter::reason)
                .containsExactlyInAnyOrder("redrive_policy", "unreadable_note", "a?[2Jb");
    }

    @Test
    void anInterruptedListGivesBackWhatItHolds() {
        LocalSqs.fill(
                observer,
                queues.deadLetters(),
                IntStream.range(0, 25).mapToObj(i -> LocalSqs.body("s" + i)).toList());
        faults.answering(response -> {
            if (response instanceof ReceiveMessageResponse) {
                Thread.currentThread().interrupt();
            }
            return response;
        });

        letters.list(100);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(LocalSqs.take(observer, queues.deadLetters())).hasSize(25);
    }

    @Test
    void bringsBackWhatTheFilterTakesAsItWas() {
        Map<String, MessageAttributeValue> attributes =
                Map.of("mine", text("x"), MessageHandler.KEY_ATTRIBUTE, text("k"));
        observer.sendMessage(r ->
                r.queueUrl(queues.url()).messageBody(LocalSqs.body("rejected")).messageAttributes(attributes));
        deadLetter("unknown");

        RedriveReport report = letters.redrive(
                DeadLetter.hasReason("rejected")
                        .and(DeadLetter.hasCode("http_400"))
                        .and(DeadLetter.sentBefore(Instant.now().plusSeconds(60)))
                        .and(DeadLetter.fromQueue(
                                queues.url().substring(queues.url().lastIndexOf('/') + 1))),
                100);

        assertThat(report).isEqualTo(new RedriveReport(1, 1, Map.of(), true));
        List<Message> back = LocalSqs.take(observer, queues.url());
        assertThat(back).hasSize(1);
        assertThat(back.get(0).body()).isEqualTo(LocalSqs.body("rejected"));
        assertThat(back.get(0).messageAttributes().keySet())
                .containsExactlyInAnyOrder("mine", MessageHandler.KEY_ATTRIBUTE);
        assertThat(subjects(queues.deadLetters())).containsExactly("unknown");
    }

    @Test
    @DisplayName("Q1 an unknown outcome that is brought back keeps its key, so that it is not sent twice")
    void keepsTheKeyOfAMessageThatNamesNone() {
        deadLetter("unknown");
        String key = letters.list(1).get(0).idempotencyKey();

        letters.redrive(Redrive.of(letter -> true));
        drain();

        assertThat(provider.asked()).isEqualTo(1);
        assertThat(letters.list(1)).singleElement().satisfies(again -> {
            assertThat(again.reason()).isEqualTo("unknown");
            assertThat(again.idempotencyKey()).isEqualTo(key);
        });
    }

    @Test
    @DisplayName("Q1 an unknown outcome is sent again only with a fresh key")
    void sendsAgainWithAFreshKey() {
        String keyed = LocalSqs.body("unknown")
                .replace("\"v\":1", "\"v\":1,\"idempotencyKey\":\"order-42\",\"x-n\":0.12345678901234567");
        LocalSqs.fill(observer, queues.url(), List.of(keyed));
        deadLetter("unknown");

        assertThat(letters.redrive(Redrive.of(letter -> true).freshKeysMaySendTwice())
                        .moved())
                .isEqualTo(2);
        drain();

        assertThat(provider.asked()).isEqualTo(4);
        assertThat(letters.list(10))
                .extracting(DeadLetter::idempotencyKey)
                .doesNotContain("order-42")
                .doesNotHaveDuplicates();
        assertThat(LocalSqs.take(observer, queues.deadLetters()))
                .extracting(Message::body)
                .anyMatch(body -> body.contains("\"x-n\":0.12345678901234567"));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"its own key", "a fresh key"})
    @DisplayName("Q1 a redrive that dies between putting and deleting brings a message back twice; it is sent once")
    void aCrashBetweenPutAndDeleteSendsOnce(String key) {
        Redrive plain = Redrive.of(letter -> true);
        Redrive plan = key.equals("its own key") ? plain : plain.freshKeysMaySendTwice();
        bury(
                LocalSqs.body("fine"),
                Map.of(DeadLetterNote.ATTRIBUTE, "{\"reason\":\"attempts_used\",\"idempotencyKey\":\"k\"}"));
        AtomicBoolean dies = new AtomicBoolean(true);
        faults.failing(request -> {
            if (request instanceof DeleteMessageRequest && dies.get()) {
                throw new AssertionError("the process dies here");
            }
            return Optional.empty();
        });
        faults.changing(request -> request instanceof ReceiveMessageRequest receive && dies.get()
                ? receive.toBuilder().visibilityTimeout(1).build()
                : request);

        assertThatThrownBy(() -> letters.redrive(plan)).hasMessage("the process dies here");
        dies.set(false);
        await().atMost(LONG).until(() -> letters.redrive(plan).moved() == 1);

        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(2);
        drain();
        assertThat(provider.sent()).containsExactly("fine");
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
    }

    @Test
    void findsTheQueueThatTheRedrivePolicyNames() {
        String lone =
                observer.createQueue(r -> r.queueName("q-" + UUID.randomUUID())).queueUrl();

        assertThat(DeadLetters.ofQueue(client, queues.url()).queueUrl()).isEqualTo(queues.deadLetters());
        assertThatThrownBy(() -> DeadLetters.ofQueue(client, lone))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith(" has no RedrivePolicy");
        assertThatThrownBy(() -> DeadLetters.ofQueue(client, lone + "-none"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(" cannot be asked: ");
    }

    @Test
    void aQueueThatCannotBeReadIsSaid() {
        DeadLetters none = DeadLetters.of(client, queues.deadLetters() + "-none");

        assertThatThrownBy(() -> none.list(1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the dead-letter queue cannot be read: ");
    }
}
