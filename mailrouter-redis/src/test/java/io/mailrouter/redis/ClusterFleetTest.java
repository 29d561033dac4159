package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A fleet that meets in a cluster of three masters. */
class ClusterFleetTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static RedisCluster redis;

    @BeforeAll
    static void start() {
        redis = RedisCluster.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RedisFleet node(String namespace) {
        return RedisFleet.builder()
                .uri(redis.uri())
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(200))
                .build();
    }

    private static void awaitUsed(long used, RedisFleet... nodes) {
        await().atMost(LONG)
                .until(() -> Stream.of(nodes)
                        .allMatch(node -> node.snapshot()
                                .provider("ses")
                                .filter(ses -> ses.usedThisMonth() == used)
                                .isPresent()));
    }

    @Test
    @DisplayName("R17 whatever slot a fleet's name has, its nodes share all they count")
    void sharesInEverySlot() {
        for (String namespace : List.of("a", "b", "c", "d")) {
            try (RedisFleet a = node(namespace);
                    RedisFleet b = node(namespace)) {
                a.record("ses", Signal.OK, Duration.ofMillis(5), 2);
                b.record("{another}", Signal.OK, Duration.ofMillis(5), 3);
                b.record("ses", Signal.OK, Duration.ofMillis(5), 1);

                awaitUsed(3, a, b);
                assertThat(b.snapshot().providers()).containsOnlyKeys("ses", "{another}");
            }
        }
        assertThat(redis.masters())
                .filteredOn(master -> (Long) master.call("DBSIZE") > 0)
                .as("masters that were used")
                .hasSizeGreaterThan(1);
    }
}
