package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.SuppressionListContract;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, on each Redis that there is and on a cluster of three masters. */
@ParameterizedClass
@MethodSource("io.mailrouter.redis.TestRedis#each")
class RedisSuppressionListTest extends SuppressionListContract {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final TestRedis redis;
    private final String namespace = UUID.randomUUID().toString();
    private RedisFleet fleet;

    RedisSuppressionListTest(TestRedis redis) {
        this.redis = redis;
    }

    @AfterEach
    void closeFleet() {
        fleet.close();
    }

    @Override
    protected SuppressionList list() {
        fleet = RedisFleet.builder()
                .uri(redis.uri())
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(100))
                .timeout(Duration.ofSeconds(5))
                .build();
        SuppressionList list = fleet.suppressionList(Secret.of("a key of more than 16 bytes"));
        await().atMost(LONG).until(() -> list.toString().contains("[0 addresses]"));
        return list;
    }

    @Override
    protected Instant now() {
        List<?> time = (List<?>) redis.onEach("TIME").get(0);
        return Instant.ofEpochSecond(
                Long.parseLong((String) time.get(0)), Long.parseLong((String) time.get(1)) * 1_000);
    }

    /** The server's clock cannot be set; it is the same if what stands there is set back instead. */
    @Override
    protected void pass(Duration time) {
        for (int shard = 0; shard < SuppressionKeys.SHARDS; shard++) {
            String key = SuppressionKeys.of(new FleetKeys(namespace)).shard(shard);
            List<?> entries = (List<?>) redis.call("HGETALL", key);
            for (int i = 0; i < entries.size(); i += 2) {
                Suppression stands = SuppressionText.parse((String) entries.get(i + 1), Instant.EPOCH);
                Suppression back = new Suppression(
                        stands.reason(),
                        stands.since().minus(time),
                        stands.until().map(until -> until.minus(time)));
                redis.call("HSET", key, (String) entries.get(i), SuppressionText.of(back));
            }
        }
    }
}
