package io.mailrouter.redis;

import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.SuppressionListContract;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisSuppressionListTest extends SuppressionListContract {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static RedisServer redis;
    private RedisFleet fleet;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @AfterEach
    void closeFleet() {
        fleet.close();
    }

    @Override
    protected SuppressionList list() {
        fleet = RedisFleet.builder()
                .uri(redis.uri())
                .namespace(UUID.randomUUID().toString())
                .syncEvery(Duration.ofMillis(100))
                .timeout(Duration.ofSeconds(5))
                .build();
        SuppressionList list = fleet.suppressionList(Secret.of("a key of more than 16 bytes"));
        Awaitility.await().atMost(LONG).until(() -> list.toString().contains("[0 addresses]"));
        return list;
    }

    @Override
    protected Instant now() {
        List<?> time = (List<?>) redis.call("TIME");
        return Instant.ofEpochSecond(
                Long.parseLong((String) time.get(0)), Long.parseLong((String) time.get(1)) * 1_000);
    }

    @Override
    protected void pass(Duration time) {
        Instant end = now().plus(time);
        Awaitility.await().atMost(LONG).until(() -> now().isAfter(end));
    }

    @Override
    protected Duration aWhile() {
        return Duration.ofMillis(700);
    }
}
