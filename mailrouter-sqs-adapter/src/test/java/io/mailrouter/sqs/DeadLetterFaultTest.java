package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** Dead letters that cannot be written, over the real wire. */
@Execution(ExecutionMode.CONCURRENT)
class DeadLetterFaultTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final FakeProvider provider = new FakeProvider("fake", email -> switch (email.subject()) {
        case "unknown" -> new Outcome.Unknown("timeout", "");
        case "partly_accepted" ->
            new Outcome.Partial(
                    "m",
                    List.of(new Outcome.Refusal(EmailAddress.parse("eve@example.org"), "no_such_user", "", false)));
        default -> new Outcome.Rejected("http_400", "");
    });
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(SqsEmailConsumer.class);
    private final ListAppender<ILoggingEvent> logs = new ListAppender<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        logger.detachAppender(logs);
    }

    private SqsEmailConsumer consumer(UnaryOperator<SqsEmailConsumerBuilder> change, String url) {
        logs.start();
        logger.addAppender(logs);
        EmailService emails = EmailService.builder().provider(provider).build();
        SqsEmailConsumer consumer = change.apply(SqsEmailConsumer.builder(emails, client, url)
                        .waitTime(Duration.ofSeconds(1))
                        .backoffBase(Duration.ofSeconds(1))
                        .backoffMax(Duration.ofSeconds(1))
                        .listener(events::add))
                .build();
        open.add(0, emails);
        open.add(0, consumer);
        return consumer;
    }

    private SqsEmailConsumer consumer(UnaryOperator<SqsEmailConsumerBuilder> change) {
        return consumer(change, queues.url());
    }

    private void fill(String body) {
        LocalSqs.fill(
                observer,
                queues.url(),
                List.of(LocalSqs.body(body)
                        .replace("[\"ada@example.org\"]", "[\"ada@example.org\",\"eve@example.org\"]")));
    }

    private void failFirstDeadLetters(int times) {
        AtomicInteger count = new AtomicInteger();
        faults.failing(request -> request instanceof SendMessageRequest && count.incrementAndGet() <= times
                ? Optional.of(SdkClientException.create("connection reset"))
                : Optional.empty());
    }

    private <T extends QueueEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private List<String> errors() {
        return List.copyOf(logs.list).stream()
                .filter(event -> event.getLevel() == Level.ERROR)
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line ->
                        line.contains(queues.url().substring(queues.url().lastIndexOf('/') + 1)))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "partly_accepted"})
    void whatMayHaveBeenSentIsKeptUntilItsDeadLetterIsWrittenAndNotSentAgain(String reason) throws Exception {
        fill(reason);
        failFirstDeadLetters(5);
        SqsEmailConsumer consumer =
                consumer(c -> c.visibility(Duration.ofSeconds(5)).heartbeatAt(0.1));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.asked()).isEqualTo(1);
        assertThat(events(QueueEvent.Returned.class)).isEmpty();
        assertThat(events(QueueEvent.LeaseLost.class)).isEmpty();
        List<Message> dead = LocalSqs.take(observer, queues.deadLetters());
        assertThat(dead).hasSize(1);
        assertThat(note(dead.get(0)).get("reason").asText()).isEqualTo(reason);
    }

    @Test
    void whatMayHaveBeenSentIsHiddenForLongWhenItsLeaseEndsBeforeItsDeadLetterIsWritten() {
        fill("unknown");
        failFirstDeadLetters(Integer.MAX_VALUE);
        SqsEmailConsumer consumer = consumer(c -> c.visibility(Duration.ofSeconds(5))
                .maxLease(Duration.ofSeconds(8))
                .heartbeatAt(0.1));

        consumer.start();

        await().atMost(LONG).until(() -> !events(QueueEvent.Returned.class).isEmpty());
        assertHiddenForLong();
        assertThat(faults.requests(SendMessageRequest.class)).hasSizeGreaterThan(3);
    }

    private void assertHiddenForLong() {
        assertThat(provider.asked()).isEqualTo(1);
        assertThat(events(QueueEvent.Returned.class))
                .hasSize(1)
                .allMatch(back ->
                        back.code().equals("not_dead_lettered") && back.delay().compareTo(Duration.ofHours(11)) > 0);
        assertThat(faults.requests(ChangeMessageVisibilityBatchRequest.class))
                .anyMatch(request -> request.entries().get(0).visibilityTimeout()
                        > Duration.ofHours(11).toSeconds());
        assertThat(errors()).hasSize(1).allMatch(line -> line.contains("could not be dead-lettered"));
        assertThat(LocalSqs.take(observer, queues.url())).isEmpty();
        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(1);
    }

    @Test
    void aStopDoesNotWaitForADeadLetterThatCannotBeWritten() {
        fill("unknown");
        failFirstDeadLetters(Integer.MAX_VALUE);
        SqsEmailConsumer consumer = consumer(c -> c);
        consumer.start();
        await().atMost(LONG)
                .until(() -> faults.requests(SendMessageRequest.class).size() >= 4);
        long begin = System.nanoTime();

        StopReport report = consumer.stop();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
        assertThat(report).isEqualTo(new StopReport(1, 0, 0));
        assertHiddenForLong();
    }

    @ParameterizedTest
    @CsvSource({"200, true", "0, false"})
    void aMessageThatIsTooLargeWithItsNoteIsSentWithALesserOneOrWithout(int roomForNote, boolean noted)
            throws Exception {
        fill("rejected");
        faults.failing(request -> request instanceof SendMessageRequest send && noteLength(send) > roomForNote
                ? Optional.of(SqsException.builder()
                        .statusCode(400)
                        .message("Message must be shorter")
                        .build())
                : Optional.empty());
        SqsEmailConsumer consumer = consumer(c -> c);

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(provider.asked()).isEqualTo(1);
        List<Message> dead = LocalSqs.take(observer, queues.deadLetters());
        assertThat(dead).hasSize(1);
        assertThat(dead.get(0).body()).contains("rejected");
        assertThat(dead.get(0).messageAttributes().containsKey(DeadLetterNote.ATTRIBUTE))
                .isEqualTo(noted);
        if (noted) {
            assertThat(note(dead.get(0)).get("reason").asText()).isEqualTo("rejected");
        }
    }

    private static int noteLength(SendMessageRequest send) {
        return Optional.ofNullable(send.messageAttributes().get(DeadLetterNote.ATTRIBUTE))
                .map(note -> note.stringValue().length())
                .orElse(0);
    }

    private static JsonNode note(Message dead) throws Exception {
        return new JsonMapper()
                .readTree(dead.messageAttributes().get(DeadLetterNote.ATTRIBUTE).stringValue());
    }

    @Test
    void aNamedDeadLetterQueueThatIsMissingOrTheSourceItselfFailsTheStart() {
        assertThatThrownBy(() ->
                        consumer(c -> c.deadLetterQueue(queues.url() + "-none")).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("deadLetterQueue cannot be asked about itself")
                .hasMessageContaining("QueueDoesNotExist");
        assertThatThrownBy(() -> consumer(c -> c.deadLetterQueue(queues.url().replace("http:", "https:")))
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("deadLetterQueue is the queue that is drained");
    }

    @Test
    void aNamedDeadLetterQueueThatMayNotBeAskedIsTrusted() {
        LocalSqs.fill(observer, queues.url(), List.of("junk"));
        faults.failing(request -> request instanceof GetQueueAttributesRequest asked
                        && asked.queueUrl().equals(queues.deadLetters())
                ? Optional.of(SqsException.builder().statusCode(403).build())
                : Optional.empty());
        SqsEmailConsumer consumer = consumer(c -> c.deadLetterQueue(queues.deadLetters()));

        consumer.start();

        assertThat(consumer.awaitDrained(LONG)).isTrue();
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"DEAD_LETTER, DELETE", "DELETE, DEAD_LETTER"})
    void keepingWithoutADeadLetterQueueIsRefusedWhereItWouldSendTwice(Handling unknown, Handling rejected) {
        String bare = observer.createQueue(r -> r.queueName("bare-" + unknown + System.nanoTime()))
                .queueUrl();

        assertThatThrownBy(() -> consumer(
                                c -> c.ifNoDeadLetterQueue(NoDeadLetterQueue.KEEP)
                                        .onUnknown(unknown)
                                        .onRejected(rejected),
                                bare)
                        .start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("KEEP")
                .hasMessageContaining("onUnknown(DELETE)");
    }
}
