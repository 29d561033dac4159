package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import io.mailrouter.sqs.QueueEvent;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.mailrouter.testkit.RecordingProvider;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/** What each variable about queues changes in a consumer, at a queue on the loopback that each test has for itself. */
@Execution(ExecutionMode.CONCURRENT)
class QueueUseTest {

    private static final String EMAIL = "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"ada@example.org\"],"
            + "\"subject\":\"Your order\",\"text\":\"hello\"}";
    private static final String STALE = EMAIL.replace("\"v\":1", "\"v\":1,\"notAfter\":\"2020-01-01T00:00:00Z\"");

    private final SQSRestServer server =
            SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    private final Queue<ReceiveMessageRequest> polls = new ConcurrentLinkedQueue<>();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final SqsClient sqs = SqsClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:"
                    + server.waitUntilStarted().localAddress().getPort()))
            .region(Region.EU_WEST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
            .httpClientBuilder(Apache5HttpClient.builder())
            .overrideConfiguration(c -> c.addExecutionInterceptor(new Polls()))
            .build();
    private final String queue = sqs.createQueue(q -> q.queueName("emails")).queueUrl();
    private final String dead = sqs.createQueue(q -> q.queueName("dead")).queueUrl();
    private final RecordingProvider provider = RecordingProvider.named("recording");
    private final EmailService emails =
            EmailService.builder().provider(provider).build();

    private final class Polls implements ExecutionInterceptor {
        @Override
        public void beforeExecution(Context.BeforeExecution call, ExecutionAttributes attributes) {
            if (call.request() instanceof ReceiveMessageRequest poll) {
                polls.add(poll);
            }
        }
    }

    @AfterEach
    void stop() {
        emails.close();
        sqs.close();
        server.stopAndWait();
    }

    private SqsEmailConsumer consumer(Map<String, String> more) {
        return consumer(queue, more);
    }

    private SqsEmailConsumer consumer(String queue, Map<String, String> more) {
        Map<String, String> variables = new TreeMap<>(Map.of(
                "MAILROUTER_QUEUE_URL", queue,
                "MAILROUTER_PROVIDERS", "ses:eu-west-1",
                "MAILROUTER_WAIT_TIME", "1s",
                "AWS_REGION", "eu-west-1"));
        variables.putAll(more);
        return Settings.from(variables)
                .queueUse()
                .to(SqsEmailConsumer.builder(emails, sqs, queue))
                .listener(events::add)
                .build();
    }

    private <E extends QueueEvent> E drain(String body, Class<E> until, String... more) {
        Map<String, String> variables = new TreeMap<>(Map.of("MAILROUTER_DEAD_LETTER_QUEUE_URL", dead));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        sqs.sendMessage(q -> q.queueUrl(queue).messageBody(body));
        try (SqsEmailConsumer consumer = consumer(variables)) {
            consumer.start();
            await().atMost(Duration.ofSeconds(90)).until(() -> events.stream().anyMatch(until::isInstance));
        }
        return events.stream()
                .filter(until::isInstance)
                .map(until::cast)
                .findFirst()
                .orElseThrow();
    }

    static Stream<Arguments> whatIsNotKept() {
        Outcome rejected = new Outcome.Rejected("bad_recipient", "no such recipient");
        Outcome unknown = new Outcome.Unknown("timed_out", "no answer");
        Outcome accepted = new Outcome.Accepted("m-1");
        return Stream.of(
                Arguments.of("not json", accepted, "MAILROUTER_ON_MALFORMED", "malformed"),
                Arguments.of(EMAIL, rejected, "MAILROUTER_ON_REJECTED", "rejected"),
                Arguments.of(EMAIL, unknown, "MAILROUTER_ON_UNKNOWN", "unknown"));
    }

    @ParameterizedTest
    @MethodSource
    void whatIsNotKept(String body, Outcome outcome, String variable, String code) {
        provider.answers(outcome);

        assertThat(drain(body, QueueEvent.Deleted.class, variable, "delete").code())
                .isEqualTo(code);
        events.clear();
        assertThat(drain(body, QueueEvent.DeadLettered.class).reason()).isEqualTo(code);
    }

    @Test
    void whatCameTooLateIsKeptOnlyIfTheEnvironmentSaysSo() {
        assertThat(drain(STALE, QueueEvent.Deleted.class).code()).isEqualTo("expired");
        assertThat(drain(STALE, QueueEvent.DeadLettered.class, "MAILROUTER_ON_STALE", "dead-letter")
                        .reason())
                .isEqualTo("expired");
    }

    @Test
    void asksAndWaitsAsTheEnvironmentSays() {
        provider.answers(new Outcome.Unavailable("refused", "connection refused"));
        QueueEvent.Returned returned = drain(
                EMAIL,
                QueueEvent.Returned.class,
                "MAILROUTER_CONCURRENCY",
                "2",
                "MAILROUTER_PREFETCH",
                "1",
                "MAILROUTER_VISIBILITY",
                "7s",
                "MAILROUTER_BACKOFF_BASE",
                "1s",
                "MAILROUTER_BACKOFF_MAX",
                "1s");

        assertThat(returned.delay()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(polls).anySatisfy(poll -> {
            assertThat(poll.maxNumberOfMessages()).isEqualTo(3);
            assertThat(poll.waitTimeSeconds()).isEqualTo(1);
            assertThat(poll.visibilityTimeout()).isEqualTo(7);
        });
    }

    @Test
    void deadLettersAfterAsManyAttemptsAsTheEnvironmentSays() {
        provider.answers(new Outcome.Unavailable("refused", "connection refused"));

        assertThat(drain(EMAIL, QueueEvent.DeadLettered.class, "MAILROUTER_MAX_ATTEMPTS", "1")
                        .attempt())
                .isEqualTo(1);
    }

    @Test
    void keepsAMessageNoLongerThanTheEnvironmentSays() {
        provider.hangs();

        assertThat(drain(
                        EMAIL,
                        QueueEvent.LeaseLost.class,
                        "MAILROUTER_VISIBILITY",
                        "1s",
                        "MAILROUTER_MAX_LEASE",
                        "1s",
                        "MAILROUTER_STOP_TIMEOUT",
                        "0s"))
                .isNotNull();
    }

    @Test
    void aMessageWithoutAKeyIsMalformedIfTheEnvironmentSaysSo() {
        assertThat(drain(EMAIL, QueueEvent.DeadLettered.class, "MAILROUTER_REQUIRE_KEY", "true")
                        .code())
                .isEqualTo("key_missing");
    }

    /** Sends two messages of one group to a FIFO queue, and drains it until that has happened. */
    private void drainGroup(BooleanSupplier until, String... more) {
        Map<QueueAttributeName, String> fifo = Map.of(QueueAttributeName.FIFO_QUEUE, "true");
        String groups = sqs.createQueue(q -> q.queueName("groups.fifo").attributes(fifo))
                .queueUrl();
        String letters =
                sqs.createQueue(q -> q.queueName("dead.fifo").attributes(fifo)).queueUrl();
        for (String id : List.of("first", "second")) {
            sqs.sendMessage(q -> q.queueUrl(groups)
                    .messageBody(EMAIL)
                    .messageGroupId("group")
                    .messageDeduplicationId(id));
        }
        Map<String, String> variables =
                new TreeMap<>(Map.of("MAILROUTER_QUEUE_URL", groups, "MAILROUTER_DEAD_LETTER_QUEUE_URL", letters));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        try (SqsEmailConsumer consumer = consumer(groups, variables)) {
            consumer.start();
            await().atMost(Duration.ofSeconds(90)).until(until::getAsBoolean);
        }
    }

    private long count(Class<? extends QueueEvent> type) {
        return events.stream().filter(type::isInstance).count();
    }

    @Test
    void aFifoGroupIsHeldForAsLongAsTheEnvironmentSays() {
        provider.answers(new Outcome.Unavailable("refused", "connection refused"));
        drainGroup(
                () -> provider.attempted().size() >= 2 && count(QueueEvent.Returned.class) == 0,
                "MAILROUTER_FIFO_HOLD_FOR",
                "1h",
                "MAILROUTER_BACKOFF_BASE",
                "1s");
    }

    @Test
    void aFifoGroupGoesBackWhenItsTimeIsOver() {
        provider.answers(new Outcome.Unavailable("refused", "connection refused"));
        drainGroup(() -> count(QueueEvent.Returned.class) >= 1, "MAILROUTER_FIFO_HOLD_FOR", "1s");
    }

    @Test
    void aFifoGroupGoesBackAtOnceIfTheEnvironmentSaysSo() {
        provider.answers(new Outcome.Unavailable("refused", "connection refused"));
        drainGroup(() -> count(QueueEvent.Returned.class) >= 2, "MAILROUTER_FIFO_ON_TRANSIENT", "release");

        assertThat(provider.attempted()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"continue", "block"})
    void aFifoGroupGoesOnAfterAFaultUnlessTheEnvironmentSaysBlock(String what) {
        provider.answers(new Outcome.Rejected("bad_recipient", "no such recipient"));
        drainGroup(
                () -> count(QueueEvent.DeadLettered.class) == (what.equals("block") ? 0 : 2)
                        && count(QueueEvent.Returned.class) >= (what.equals("block") ? 1 : 0)
                        && !provider.attempted().isEmpty(),
                "MAILROUTER_FIFO_ON_REJECTED",
                what);
    }

    @Test
    void startsWithoutADeadLetterQueueOnlyIfTheEnvironmentSaysSo() {
        SqsEmailConsumer refused = consumer(Map.of());
        assertThatThrownBy(refused::start).hasMessageContaining("no dead-letter queue");

        try (SqsEmailConsumer consumer = consumer(Map.of("MAILROUTER_IF_NO_DEAD_LETTER_QUEUE", "delete"))) {
            consumer.start();
            assertThat(consumer.isRunning()).isTrue();
        }
        assertThat(List.copyOf(events)).noneMatch(QueueEvent.DeadLettered.class::isInstance);
    }
}
