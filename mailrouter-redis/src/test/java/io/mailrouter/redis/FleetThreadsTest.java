package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitAway;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static io.mailrouter.redis.Nodes.awaitUsed;
import static io.mailrouter.redis.Nodes.costOfSending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What threads there are, so no other test may have any. */
@Isolated
class FleetThreadsTest {

    private static RedisServer redis;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RedisFleet.Builder node() {
        return Nodes.at(redis.uri());
    }

    @Test
    @DisplayName("T4 close: no thread is left, and a second close finds nothing to do")
    void closeLeavesNoThread() {
        Set<Thread> before = threads();
        for (int i = 0; i < 3; i++) {
            RedisFleet a = node().build();
            try {
                a.record("ses", Signal.OK, Duration.ofMillis(10), 1);
                await().atMost(LONG).until(() -> a.snapshot().connected());
                assertThat(threads())
                        .filteredOn(thread -> !before.contains(thread))
                        .filteredOn(thread -> !thread.getName().startsWith("globalEventExecutor"))
                        .isNotEmpty()
                        .allMatch(Thread::isDaemon)
                        .allMatch(thread -> thread.getName().startsWith("mailrouter-redis-"))
                        .hasSizeLessThanOrEqualTo(6);
            } finally {
                a.close();
                a.close();
            }
            assertThat(threads()).noneMatch(thread -> thread.getName().equals("mailrouter-redis-sync"));
        }
        // Netty's global executor is the JVM's, not ours; it ends by itself after a second.
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(threads())
                        .filteredOn(thread -> !before.contains(thread))
                        .isEmpty());
    }

    @Test
    void interruptedCloseKeepsTheFlagAndEndsInTheBackground() {
        RedisFleet a = node().build();
        Thread.currentThread().interrupt();
        a.close();

        assertThat(Thread.interrupted()).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(threads())
                        .filteredOn(thread -> thread.getName().startsWith("mailrouter-redis-"))
                        .isEmpty());
    }

    @Test
    @DisplayName("R3 slow: senders notice nothing, threads do not pile up, nothing is counted twice")
    void survivesASlowRedis() {
        try (RedisFleet node = node().namespace("slow").build()) {
            awaitConnected(node);
            long threads = ours();
            redis.call("CLIENT", "PAUSE", "6000");
            Duration cost = costOfSending(node, 50_000);
            awaitAway(node);

            assertThat(cost).isLessThan(Duration.ofMillis(5));
            awaitConnected(node);
            awaitUsed(50_000, node);
            assertThat(ours()).isLessThanOrEqualTo(Math.max(threads, 6));
        }
    }

    private static long ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mailrouter-redis-"))
                .count();
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(thread -> !thread.getName().startsWith("awaitility"))
                .collect(Collectors.toSet());
    }
}
