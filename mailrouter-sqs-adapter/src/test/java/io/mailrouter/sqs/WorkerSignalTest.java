package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.SqsClient;

/** A worker in a JVM of its own is told to end. */
@Execution(ExecutionMode.CONCURRENT)
class WorkerSignalTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    @RegisterExtension
    static final LocalRedis REDIS = new LocalRedis();

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 1_000);
    private final Referee referee = new Referee();
    private final Workers workers = new Workers(SQS, REDIS, referee);

    @AfterEach
    void close() {
        workers.close();
        referee.close();
    }

    @ParameterizedTest(
            name = "Q11 SIGTERM, {0} times: what runs ends, the rest is visible at once, exit 0, nothing lost")
    @ValueSource(ints = {1, 2})
    @DisplayName("Q11 SIGTERM: what runs ends, the rest is visible at once, exit 0, nothing lost")
    void drainsOnSigterm(int signals) {
        List<String> emails = IntStream.range(0, 20).mapToObj(i -> "s-" + i).toList();
        LocalSqs.fill(client, queues.url(), emails.stream().map(LocalSqs::body).toList());
        CountDownLatch answering = new CountDownLatch(1);
        referee.tell(attempt -> {
            SqsEmailConsumerTest.awaitLatch(answering);
            return Referee.ACCEPTED;
        });
        WorkerProcess worker = workers.start("plain=" + queues.url(), "visibility=60");
        worker.go();
        await().atMost(WorkerProcess.LONG).until(() -> referee.asked().size() == 4);
        await().atMost(WorkerProcess.LONG).until(() -> LocalSqs.visible(client, queues.url()) == 10);

        for (int i = 0; i < signals; i++) {
            worker.terminate();
        }
        await().atMost(WorkerProcess.LONG).until(() -> LocalSqs.visible(client, queues.url()) == 16);
        answering.countDown();

        assertThat(worker.awaitEnd()).isZero();
        assertThat(worker.said()).contains("stopped 4 6 0");
        assertThat(referee.accepted()).hasSize(4).doesNotHaveDuplicates();
        Worker heir = workers.here(word -> {}, "plain=" + queues.url());
        heir.go();
        await().atMost(WorkerProcess.LONG).until(() -> LocalSqs.size(client, queues.url()) == 0);
        assertThat(referee.accepted()).containsExactlyInAnyOrderElementsOf(emails);
        assertThat(LocalSqs.size(client, queues.deadLetters())).isZero();
    }
}
