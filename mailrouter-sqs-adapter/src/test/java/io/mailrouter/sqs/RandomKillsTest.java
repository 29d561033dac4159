package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Workers that drain two queues, one with an idempotency store and one without, are killed one after the other at any
 * moment of their work, 20 of them, or as many as the system property {@code mailrouter.kills} says.
 */
@Execution(ExecutionMode.CONCURRENT)
class RandomKillsTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    @RegisterExtension
    static final LocalRedis REDIS = new LocalRedis();

    private static final int KILLS = Integer.getInteger("mailrouter.kills", 20);
    private static final int EMAILS_PER_KILL = 30;
    private static final int CONCURRENCY = 4;
    private static final int SPARES = 2;

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues keyed = SQS.queues(client, 1_000);
    private final LocalSqs.Queues plain = SQS.queues(client, 1_000);
    private final Referee referee = new Referee();
    private final Workers workers = new Workers(SQS, REDIS, referee);
    private final Set<String> killed = new HashSet<>();
    private final Deque<WorkerProcess> spares = new ArrayDeque<>();

    @AfterEach
    void close() {
        workers.close();
        referee.close();
    }

    /** The next one starts while the former still works. */
    private WorkerProcess next() {
        while (spares.size() <= SPARES && killed.size() + spares.size() < KILLS) {
            // Longer than any of them lives, so that what comes to a worker twice had another one before.
            spares.add(workers.start("keyed=" + keyed.url(), "plain=" + plain.url(), "visibility=8"));
        }
        return spares.remove();
    }

    private void fill(int round) {
        LocalSqs.fill(client, keyed.url(), emails("keyed-" + round));
        LocalSqs.fill(client, plain.url(), emails("plain-" + round));
    }

    private static List<String> emails(String name) {
        return IntStream.range(0, EMAILS_PER_KILL)
                .mapToObj(i -> LocalSqs.keyed(name + "-" + i))
                .toList();
    }

    private void killWhileItWorks(WorkerProcess worker, Random random) {
        worker.go();
        // Some die while they take their first messages; most while they send and delete.
        if (random.nextInt(4) > 0) {
            await().atMost(WorkerProcess.LONG)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> referee.asked().stream()
                            .anyMatch(attempt -> attempt.worker().equals(worker.name())));
        }
        await().atMost(WorkerProcess.LONG)
                .pollDelay(random.nextLong(150), TimeUnit.MILLISECONDS)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> true);
        worker.kill();
        killed.add(worker.name());
    }

    private void drain() {
        Worker last = workers.here(
                word -> {}, "keyed=" + keyed.url(), "plain=" + plain.url(), "visibility=60", "concurrency=16");
        last.go();
        await().atMost(WorkerProcess.LONG)
                .until(() -> LocalSqs.size(client, keyed.url()) + LocalSqs.size(client, plain.url()) == 0);
        last.stop();
    }

    @Test
    @DisplayName("Q1 Q2 Q3 kill -9 at random points: nothing is lost, nothing sent twice with a store")
    void nothingIsLostByAnyKill() {
        long seed = System.nanoTime();
        System.out.println("RandomKillsTest: seed " + seed + ", kills " + KILLS);
        Random random = new Random(seed);

        for (int round = 0; round < KILLS; round++) {
            fill(round);
            killWhileItWorks(next(), random);
        }
        drain();

        Map<String, List<String>> senders = referee.senders();
        Set<String> unclear = new HashSet<>();
        LocalSqs.take(client, keyed.deadLetters()).forEach(dead -> unclear.add(subject(dead)));
        for (int round = 0; round < KILLS; round++) {
            for (int i = 0; i < EMAILS_PER_KILL; i++) {
                withAStore("keyed-" + round + "-" + i, senders, unclear);
                withoutAStore("plain-" + round + "-" + i, senders);
            }
        }
        assertThat(LocalSqs.size(client, plain.deadLetters())).isZero();
        assertThat(unclear).hasSizeLessThanOrEqualTo(KILLS * CONCURRENCY);
        System.out.println("RandomKillsTest: " + 2 * KILLS * EMAILS_PER_KILL + " emails, " + unclear.size()
                + " unknown with a store, "
                + senders.values().stream().filter(by -> by.size() > 1).count() + " sent twice without");
    }

    /** Sent once, or unknown: in the dead-letter queue, with the reason, sent or not. */
    private static void withAStore(String email, Map<String, List<String>> senders, Set<String> unclear) {
        List<String> by = senders.getOrDefault(email, List.of());
        assertThat(by).as(email).hasSizeLessThanOrEqualTo(1);
        assertThat(!by.isEmpty() || unclear.contains(email))
                .as(email + " is not lost")
                .isTrue();
    }

    /** Sent at least once; each time but one its worker was killed. */
    private void withoutAStore(String email, Map<String, List<String>> senders) {
        List<String> by = senders.getOrDefault(email, List.of());
        assertThat(by).as(email).isNotEmpty().doesNotHaveDuplicates();
        assertThat(by.stream().filter(worker -> !killed.contains(worker)))
                .as(email)
                .hasSizeLessThanOrEqualTo(1);
    }

    private static String subject(Message dead) {
        assertThat(dead.messageAttributes().get("mailrouter.dead-letter").stringValue())
                .contains("\"reason\":\"unknown\"");
        return dead.body().replaceFirst(".*\"subject\":\"([^\"]*)\".*", "$1");
    }
}
