package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** What the handler does at the queue itself, over ElasticMQ's wire, and what becomes of a message when it may not. */
class LambdaQueueFaultTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private final Faults faults = new Faults();
    private final SqsClient client = SQS.client(faults);
    private final SqsClient observer = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(observer, 100);
    private final FakeProvider provider = new FakeProvider("fake", email -> switch (email.subject()) {
        case "rejected" -> new Outcome.Rejected("http_400", "");
        case "unknown" -> new Outcome.Unknown("timeout", "");
        case "held" -> new Outcome.Throttled("throttled", "", Optional.of(Duration.ofSeconds(50)));
        case "down" -> new Outcome.Unavailable("refused", "");
        default -> new Outcome.Accepted("m-1");
    });
    private final EmailService emails =
            EmailService.builder().provider(provider).build();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.mailrouter");
    private final ListAppender<ILoggingEvent> logs = new ListAppender<>();

    @BeforeEach
    void listen() {
        logs.start();
        logger.addAppender(logs);
    }

    @AfterEach
    void close() {
        logger.detachAppender(logs);
        emails.close();
    }

    private String arn() {
        return observer.getQueueAttributes(r -> r.queueUrl(queues.url()).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
    }

    private List<String> failed(String body) {
        return failed(body, b -> b, LambdaEvents.TimeLeft.plenty());
    }

    /** Hands a message of the queue to a handler, and returns the bodies of what it fails. */
    private List<String> failed(
            String body, UnaryOperator<SqsEmailLambdaHandlerBuilder> change, LambdaEvents.TimeLeft context) {
        LocalSqs.fill(observer, queues.url(), List.of(body));
        List<Message> received = LocalSqs.take(observer, queues.url());
        SqsEmailLambdaHandler handler = change.apply(
                        SqsEmailLambdaHandler.builder(emails).client(client))
                .build();
        SQSBatchResponse response = handler.handleRequest(LambdaEvents.received(received, arn()), context);
        return LambdaEvents.failed(response).stream()
                .map(id -> received.stream()
                        .filter(m -> m.messageId().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .body())
                .toList();
    }

    private List<Integer> visibilities() {
        return faults.requests(ChangeMessageVisibilityBatchRequest.class).stream()
                .flatMap(request -> request.entries().stream())
                .map(entry -> entry.visibilityTimeout())
                .toList();
    }

    private JsonNode note() throws Exception {
        List<Message> dead = LocalSqs.take(observer, queues.deadLetters());
        assertThat(dead).hasSize(1);
        return new JsonMapper()
                .readTree(dead.get(0)
                        .messageAttributes()
                        .get(DeadLetterNote.ATTRIBUTE)
                        .stringValue());
    }

    private List<String> warnings() {
        return List.copyOf(logs.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private void refuse(Class<? extends SdkRequest> type) {
        faults.failing(request -> type.isInstance(request) ? Optional.of(forbidden()) : Optional.empty());
    }

    private static RuntimeException forbidden() {
        return SqsException.builder().statusCode(403).message("not for you").build();
    }

    @Test
    void asksTheQueueNothingWhenAllIsWell() {
        assertThat(failed(LocalSqs.body("a"))).isEmpty();

        assertThat(faults.requests(SdkRequest.class)).isEmpty();
    }

    @Test
    @DisplayName("Q15 a throttled provider: the message is hidden until the provider takes emails again")
    void hidesAThrottledMessageUntilItsTime() {
        assertThat(failed(LocalSqs.body("held"))).hasSize(1);

        assertThat(visibilities()).hasSize(1).allMatch(seconds -> seconds > 5 && seconds <= 51);
    }

    @Test
    void hidesAFailedMessageForItsBackoff() {
        assertThat(failed(
                        LocalSqs.body("down"),
                        b -> b.backoffBase(Duration.ofSeconds(2)).backoffMax(Duration.ofSeconds(2)),
                        LambdaEvents.TimeLeft.plenty()))
                .hasSize(1);

        assertThat(visibilities()).hasSize(1).allMatch(seconds -> seconds >= 1 && seconds <= 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "unknown"})
    void deadLettersWhatIsNotToBeTriedAgainAndCountsItAsDone(String reason) throws Exception {
        assertThat(failed(LocalSqs.body(reason))).isEmpty();

        JsonNode note = note();
        assertThat(note.get("reason").asText()).isEqualTo(reason);
        assertThat(note.get("sourceQueue").asText()).isEqualTo(arn());
        assertThat(visibilities()).isEmpty();
    }

    @Test
    @DisplayName("C12 Q5 JSON nested 10,000 deep is dead-lettered in one receive, and its text is in no log")
    void deadLettersAPoisonMessage() throws Exception {
        String canary = "canary@example.org";

        assertThat(failed("{\"v\":1,\"" + canary + "\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}"))
                .isEmpty();

        assertThat(note().get("reason").asText()).isEqualTo("malformed");
        assertThat(warnings()).noneMatch(line -> line.contains("canary"));
    }

    @Test
    void namesItsDeadLetterQueueByConfiguration() {
        String other = observer.createQueue(r -> r.queueName("other-" + System.nanoTime()))
                .queueUrl();

        assertThat(failed(LocalSqs.body("rejected"), b -> b.deadLetterQueue(other), LambdaEvents.TimeLeft.plenty()))
                .isEmpty();

        assertThat(LocalSqs.size(observer, other)).isEqualTo(1);
        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
    }

    @Test
    void neverDeadLettersIntoTheQueueItself() {
        assertThat(failed(
                        LocalSqs.body("rejected"),
                        b -> b.deadLetterQueue(queues.url()),
                        LambdaEvents.TimeLeft.plenty()))
                .hasSize(1);

        assertThat(LocalSqs.size(observer, queues.url())).isEqualTo(1);
        assertThat(warnings()).anyMatch(line -> line.contains("has no dead-letter queue"));
    }

    @ParameterizedTest
    @ValueSource(classes = {SendMessageRequest.class, GetQueueUrlRequest.class})
    void failsWhatItMayNotDeadLetterAndWarns(Class<? extends SdkRequest> refused) {
        refuse(refused);

        assertThat(failed(LocalSqs.body("rejected"))).hasSize(1);

        assertThat(LocalSqs.size(observer, queues.deadLetters())).isZero();
        assertThat(warnings()).anyMatch(line -> line.contains("SendMessage") && line.contains("refused"));
    }

    @Test
    void hidesForLongWhatMayHaveBeenSentAndCannotBeDeadLettered() {
        AtomicInteger left = new AtomicInteger(60_000);
        faults.failing(request -> {
            if (request instanceof SendMessageRequest
                    && faults.requests(SendMessageRequest.class).size() == 3) {
                left.set(2_700);
            }
            return request instanceof SendMessageRequest ? Optional.of(forbidden()) : Optional.empty();
        });
        LambdaEvents.TimeLeft context = new LambdaEvents.TimeLeft(left::get);

        assertThat(failed(LocalSqs.body("unknown"), b -> b, context)).hasSize(1);

        assertThat(visibilities())
                .hasSize(1)
                .allMatch(seconds -> seconds > Duration.ofHours(11).toSeconds() && seconds < 43_200);
    }

    @Test
    void failsAMessageThatItMayNotHideAndWarns() {
        refuse(ChangeMessageVisibilityBatchRequest.class);

        assertThat(failed(LocalSqs.body("down"))).hasSize(1);

        assertThat(warnings()).anyMatch(line -> line.contains("ChangeMessageVisibility") && line.contains("refused"));
    }

    @Test
    @DisplayName("Q8 a queue that does not answer costs no answer")
    void answersInTimeWhenTheQueueDoesNot() {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(60_000);
        faults.failing(request -> {
            left.set(500);
            await(stuck);
            return Optional.empty();
        });
        try {
            assertThat(failed(LocalSqs.body("down"), b -> b, new LambdaEvents.TimeLeft(left::get)))
                    .hasSize(1);
        } finally {
            stuck.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
