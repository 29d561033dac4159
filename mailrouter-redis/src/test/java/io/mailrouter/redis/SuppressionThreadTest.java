package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Which threads a suppression list has, so no other test may have any. */
@Isolated
class SuppressionThreadTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Secret KEY = Secret.of("0123456789abcdef");

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mailrouter-redis-suppression"))
                .toList();
    }

    @Test
    @DisplayName("T4 closed: its one thread, a daemon, ends, and the fleet's connection stays")
    void leavesNoThread() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet fleet = RedisFleet.builder()
                        .uri(redis.uri())
                        .syncEvery(Duration.ofMillis(100))
                        .build()) {
            SuppressionList list = fleet.suppressionList(KEY);
            await().atMost(LONG).until(() -> list.toString().contains("[0 addresses]"));
            assertThat(threads())
                    .singleElement()
                    .satisfies(thread -> assertThat(thread.isDaemon()).isTrue());
            list.close();

            assertThat(threads()).isEmpty();
            assertThat(fleet.snapshot().connected()).isTrue();
        }
    }

    @Test
    @DisplayName("T4 closed while Redis is frozen: the thread ends within a few time-outs")
    void leavesNoThreadThatWaits() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet fleet = RedisFleet.builder()
                        .uri(redis.uri())
                        .syncEvery(Duration.ofMillis(100))
                        .build()) {
            SuppressionList list = fleet.suppressionList(KEY);
            await().atMost(LONG).until(() -> list.toString().contains("[0 addresses]"));
            redis.freeze();
            try {
                list.close();

                assertThat(threads()).isEmpty();
            } finally {
                redis.thaw();
            }
        }
    }
}
