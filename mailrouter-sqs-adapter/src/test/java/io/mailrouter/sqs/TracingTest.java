package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;

class TracingTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String AMAZON = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final Queue<String> steps = new ConcurrentLinkedQueue<>();
    private final Queue<MessageTrace> traces = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<String> current = ThreadLocal.withInitial(() -> "none");
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private SqsEmailConsumer drained(MessageTracer tracer, Outcome outcome) {
        FakeProvider provider = new FakeProvider("fake", email -> {
            steps.add("sent in " + current.get());
            return outcome;
        });
        EmailService emails = EmailService.builder().provider(provider).build();
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .tracer(tracer)
                .build();
        open.add(consumer);
        open.add(emails);
        consumer.start();
        assertThat(consumer.awaitDrained(LONG)).isTrue();
        return consumer;
    }

    private MessageTracer.Scope enter(MessageTrace trace) {
        traces.add(trace);
        current.set("the message's trace");
        return () -> {
            current.remove();
            steps.add("left");
        };
    }

    private void sendTraced() {
        client.sendMessage(r -> r.queueUrl(queues.url())
                .messageBody(LocalSqs.body("s"))
                .messageAttributes(Map.of("traceparent", text(PARENT), "tracestate", text("a=b"), "other", text("x")))
                .messageSystemAttributes(Map.of(
                        MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                        MessageSystemAttributeValue.builder()
                                .dataType("String")
                                .stringValue(AMAZON)
                                .build())));
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    @Test
    void aSendIsMadeWithinTheTraceThatItsMessageCameWith() {
        sendTraced();

        drained(this::enter, new Outcome.Accepted("m"));

        assertThat(steps).containsExactly("sent in the message's trace", "left");
        assertThat(traces).singleElement().satisfies(trace -> {
            assertThat(trace.headers())
                    .isEqualTo(Map.of("traceparent", PARENT, "tracestate", "a=b", "X-Amzn-Trace-Id", AMAZON));
            assertThat(trace.headers()).containsKeys("Traceparent", "x-amzn-trace-id");
            assertThat(queues.url()).endsWith(trace.queue());
            assertThat(trace).hasToString("MessageTrace[" + trace.queue() + ", " + trace.messageId() + "]");
        });
    }

    @Test
    void theTraceGoesAlongIntoTheDeadLetterQueue() {
        sendTraced();

        drained(this::enter, new Outcome.Rejected("http_400", ""));

        Message dead = LocalSqs.take(client, queues.deadLetters()).get(0);
        assertThat(dead.messageAttributes().get("traceparent").stringValue()).isEqualTo(PARENT);
        assertThat(dead.messageAttributes().get("tracestate").stringValue()).isEqualTo("a=b");
        assertThat(dead.attributes()).containsEntry(MessageSystemAttributeName.AWS_TRACE_HEADER, AMAZON);
    }

    @Test
    @DisplayName("T9 a tracer that throws changes nothing for the messages")
    void aTracerThatThrowsChangesNothing() {
        LocalSqs.fill(client, queues.url(), List.of(LocalSqs.body("a"), LocalSqs.body("b")));

        SqsEmailConsumer consumer = drained(
                trace -> {
                    steps.add("entered");
                    if (steps.size() % 2 == 0) {
                        throw new LinkageError("made up");
                    }
                    return () -> {
                        throw new IllegalStateException("made up");
                    };
                },
                new Outcome.Accepted("m"));

        await().atMost(LONG).until(() -> consumer.stats().deleted() == 2);
        assertThat(steps).filteredOn(step -> step.equals("sent in none")).hasSize(2);
    }
}
