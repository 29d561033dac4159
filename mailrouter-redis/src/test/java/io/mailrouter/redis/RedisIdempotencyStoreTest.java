package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.testkit.IdempotencyStoreContract;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, on each Redis that there is and on a cluster of three masters. */
@ParameterizedClass
@MethodSource("io.mailrouter.redis.TestRedis#each")
class RedisIdempotencyStoreTest extends IdempotencyStoreContract {

    private static RedisFleet fleet;

    private final TestRedis redis;

    RedisIdempotencyStoreTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeParameterizedClassInvocation
    static void join(TestRedis redis) {
        fleet = RedisFleet.builder()
                .uri(redis.uri())
                .syncEvery(Duration.ofMillis(100))
                .build();
        await().atMost(Duration.ofSeconds(60)).until(() -> fleet.snapshot().connected());
    }

    @AfterParameterizedClassInvocation
    static void leave() {
        fleet.close();
    }

    @AfterEach
    void forgetAll() {
        redis.onEach("FLUSHALL");
    }

    @Override
    protected IdempotencyStore store() {
        return fleet.idempotencyStore();
    }

    /** The server's clock cannot be set; for what is in flight it is the same if its times are set back instead. */
    @Override
    protected void pass(Duration time) {
        for (Object keys : redis.onEach("KEYS", "mr:*:idem:*")) {
            for (Object key : (List<?>) keys) {
                String record = String.valueOf(key);
                setBack(record, "begun", time);
                if (redis.call("HGET", record, "state").equals("IN_FLIGHT")) {
                    setBack(record, "until", time);
                }
            }
        }
    }

    private void setBack(String record, String field, Duration time) {
        assertThat(redis.call("HINCRBY", record, field, Long.toString(-time.toMillis())))
                .isInstanceOf(Long.class);
    }

    @Override
    protected Duration lease() {
        return Duration.ofMinutes(1);
    }
}
