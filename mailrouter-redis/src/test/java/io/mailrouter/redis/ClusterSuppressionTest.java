package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The suppression list in a cluster of three masters. */
class ClusterSuppressionTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Secret KEY = Secret.of("0123456789abcdef");

    private static RedisFleet node(RedisCluster redis) {
        return RedisFleet.builder()
                .uri(redis.uri())
                .syncEvery(Duration.ofMillis(200))
                .timeout(Duration.ofSeconds(2))
                .build();
    }

    private static void awaitRead(SuppressionList list) {
        await().atMost(LONG).until(() -> !list.toString().contains("not read yet"));
    }

    @Test
    @DisplayName("R17 the shards spread over a cluster, and one look-up asks them all")
    void spreads() {
        Map<CanonicalAddress, Suppression> many = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            many.put(
                    CanonicalAddress.of("r" + i + "@example.org"),
                    Suppression.forGood(Reason.MANUAL, Instant.ofEpochSecond(i)));
        }
        CanonicalAddress gone = CanonicalAddress.of("r7@example.org");
        try (RedisCluster redis = RedisCluster.started();
                RedisFleet first = node(redis);
                RedisFleet second = node(redis);
                SuppressionList a = first.suppressionList(KEY);
                SuppressionList b = second.suppressionList(KEY)) {
            awaitRead(a);
            awaitRead(b);
            a.addAll(many);

            await().atMost(LONG).until(() -> b.lookUp(many.keySet(), WITHIN).equals(many));
            assertThat(a.remove(gone)).isTrue();
            assertThat(b.lookUp(Set.of(gone), WITHIN)).isEmpty();
            assertThat(redis.masters())
                    .allSatisfy(
                            master -> assertThat((Long) master.call("DBSIZE")).isGreaterThan(2));
        }
    }
}
