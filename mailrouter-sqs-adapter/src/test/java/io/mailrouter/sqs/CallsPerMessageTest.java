package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** What draining costs at the queue, which is paid by the call. Counts only: they are the same on a slow machine. */
class CallsPerMessageTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(120);
    private static final int MESSAGES = 1_000;

    private final Calls calls = new Calls();
    private final SqsClient client = SQS.client(calls);
    private final LocalSqs.Queues queues = SQS.queues(client, 100);

    /** Counts the calls by the name of the operation, but for polls that found nothing: they are the time's fault. */
    private static final class Calls implements ExecutionInterceptor {

        private final Map<String, Integer> counts = new ConcurrentHashMap<>();

        @Override
        public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
            boolean empty = context.response() instanceof ReceiveMessageResponse received
                    && received.messages().isEmpty();
            if (!empty) {
                counts.merge(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME), 1, Integer::sum);
            }
        }

        int of(String operation) {
            return counts.getOrDefault(operation, 0);
        }
    }

    @Test
    void drainsByTheBatch() {
        drain();

        assertThat(calls.of("ReceiveMessage")).isBetween(MESSAGES / 10, MESSAGES / 8);
        assertThat(calls.of("DeleteMessageBatch")).isBetween(MESSAGES / 10, MESSAGES / 8);
        assertThat(calls.of("DeleteMessage")).isZero();
        assertThat(calls.of("ChangeMessageVisibility")).isZero();
        assertThat(calls.of("ChangeMessageVisibilityBatch")).isZero();
    }

    private void drain() {
        LocalSqs.fill(
                client,
                queues.url(),
                IntStream.range(0, MESSAGES)
                        .mapToObj(i -> LocalSqs.body("m-" + i))
                        .toList());
        try (EmailService emails = EmailService.builder()
                        .provider(FakeProvider.accepting())
                        .build();
                SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                        .waitTime(Duration.ofSeconds(1))
                        // A machine that stands still for a moment does not count: no batch or lease runs out of time.
                        .deleteLinger(Duration.ofSeconds(2))
                        .visibility(Duration.ofMinutes(10))
                        .build()) {
            consumer.start();
            await().atMost(LONG).until(() -> consumer.stats().deleted() == MESSAGES);
        }
    }
}
