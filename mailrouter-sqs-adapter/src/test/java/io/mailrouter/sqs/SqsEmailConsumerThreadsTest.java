package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import software.amazon.awssdk.services.sqs.SqsClient;

@Isolated("counts the threads of the whole JVM")
class SqsEmailConsumerThreadsTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);

    @Test
    @DisplayName("T4 close leaves no thread of ours, closes nothing that it was given, and bears being called twice")
    void closeLeavesNoThread() {
        LocalSqs.fill(client, queues.url(), Collections.nCopies(30, LocalSqs.body("s")));
        FakeProvider provider = FakeProvider.accepting();
        try (EmailService emails = EmailService.builder().provider(provider).build()) {
            SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, queues.url())
                    .waitTime(Duration.ofSeconds(1))
                    .build();
            consumer.start();
            await().atMost(LONG).until(() -> provider.sent().size() == 30);
            assertThat(ourThreads()).isNotEmpty().allMatch(Thread::isDaemon);

            consumer.close();
            consumer.close();

            await().atMost(LONG).until(() -> ourThreads().isEmpty());
            assertThat(LocalSqs.size(client, queues.url())).isZero();
            assertThat(emails.trySend(provider.lastAsked())).isNotNull();
            assertThat(consumer.awaitDrained(Duration.ofSeconds(1))).isFalse();
            assertThatThrownBy(consumer::start).hasMessage("consumer was started before: build another");
        }
    }

    private static List<Thread> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mailrouter-sqs-"))
                .toList();
    }
}
