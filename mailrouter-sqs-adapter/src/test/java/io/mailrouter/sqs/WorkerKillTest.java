package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * A worker in a JVM of its own is killed at a known step, and another one, in this JVM, goes on with the same queue and the
 * same Redis. What was sent is what the referee accepted.
 */
@Execution(ExecutionMode.CONCURRENT)
class WorkerKillTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    @RegisterExtension
    static final LocalRedis REDIS = new LocalRedis();

    /** Who dies or freezes has its messages for a short time; who goes on keeps them, however slow the machine. */
    private static final String SHORT = "visibility=6";

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 1_000);
    private final Referee referee = new Referee();
    private final Workers workers = new Workers(SQS, REDIS, referee);
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final String careful = "careful-" + System.nanoTime();
    private final String urgent = "urgent-" + System.nanoTime();

    @AfterEach
    void close() {
        workers.close();
        referee.close();
    }

    private void fill(String... bodies) {
        LocalSqs.fill(client, queues.url(), List.of(bodies));
    }

    /** Lets two emails, one of which may be sent twice, come to a point, kills their worker and drains the queue. */
    private void killAt(String point) {
        fill(LocalSqs.keyed(careful), LocalSqs.keyed(urgent).replace("}", ",\"ambiguity\":\"resend-other\"}"));
        WorkerProcess victim = workers.start("keyed=" + queues.url(), SHORT, "stopAt=" + point);
        Worker heir = workers.here(said::add, "keyed=" + queues.url());
        victim.go();
        await().atMost(WorkerProcess.LONG)
                .until(() -> point.equals("deleting")
                        ? victim.said().contains("at deleting") && times(victim, "recorded") == 2
                        : times(victim, "at " + point) == 2);
        victim.kill();

        heir.go();
        awaitEmpty();
    }

    private static int times(WorkerProcess worker, String what) {
        return Collections.frequency(worker.said(), what);
    }

    private void awaitEmpty() {
        await().atMost(WorkerProcess.LONG).until(() -> LocalSqs.size(client, queues.url()) == 0);
    }

    /** Returns what is in the dead-letter queue, and why. */
    private List<String> dead() {
        return LocalSqs.take(client, queues.deadLetters()).stream()
                .map(WorkerKillTest::keyAndReason)
                .toList();
    }

    private static String keyAndReason(Message dead) {
        String note = dead.messageAttributes().get("mailrouter.dead-letter").stringValue();
        try {
            String key = new JsonMapper().readTree(dead.body()).get("subject").asText();
            return key + " " + new JsonMapper().readTree(note).get("reason").asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @DisplayName("Q1 kill -9 between acceptance and record: unknown, not lost; sent again only where that is allowed")
    void killedBetweenAcceptanceAndRecord() {
        killAt("accepted");

        assertThat(referee.accepted()).containsExactlyInAnyOrder(careful, urgent, urgent);
        assertThat(dead()).containsExactly(careful + " unknown");
    }

    @Test
    @DisplayName("Q2 kill -9 between record and delete: recognised, deleted, not sent again")
    void killedBetweenRecordAndDelete() {
        killAt("deleting");

        assertThat(referee.accepted()).containsExactlyInAnyOrder(careful, urgent);
        assertThat(said).filteredOn("deleted duplicate"::equals).hasSize(2);
        assertThat(dead()).isEmpty();
    }

    @Test
    @DisplayName("Q3 kill -9 after the claim, before the call: unknown when the lease ends; sent where that is allowed")
    void killedAfterTheClaim() {
        killAt("claimed");

        assertThat(referee.accepted()).containsExactly(urgent);
        assertThat(dead()).containsExactly(careful + " unknown");
    }

    @Test
    @DisplayName("Q4 one key in two messages on two workers at once: one sends, both messages are deleted")
    void oneKeyOnTwoWorkers() {
        fill(LocalSqs.keyed(careful), LocalSqs.keyed(careful));
        String[] one = {"keyed=" + queues.url(), "concurrency=1", "prefetch=0", "stopAt=claimed", "lease=12000"};
        WorkerProcess first = workers.start(one);
        Worker second = workers.here(said::add, one);
        first.go().awaitSaid("at claimed");

        second.go();
        await().atMost(WorkerProcess.LONG).until(() -> said.contains("returned in_flight_elsewhere"));
        first.tell("on");
        awaitEmpty();

        assertThat(referee.accepted()).containsExactly(careful);
        assertThat(said).doesNotContain("at claimed");
        assertThat(dead()).isEmpty();
    }

    @Test
    @DisplayName(
            "Q4 a frozen worker's message comes to another, which does not send it; thawed, the first sends it once")
    void aFrozenWorkersMessage() {
        fill(LocalSqs.keyed(careful));
        WorkerProcess first = workers.start("keyed=" + queues.url(), SHORT, "stopAt=claimed");
        Worker second = workers.here(said::add, "keyed=" + queues.url());
        first.go().awaitSaid("at claimed").signal("-STOP");

        second.go();
        awaitEmpty();
        assertThat(referee.asked()).isEmpty();
        assertThat(dead()).containsExactly(careful + " unknown");
        first.signal("-CONT");
        first.tell("on");

        await().atMost(WorkerProcess.LONG).until(() -> !referee.accepted().isEmpty());
        first.terminate();
        assertThat(first.awaitEnd()).isZero();
        assertThat(referee.accepted()).containsExactly(careful);
    }
}
