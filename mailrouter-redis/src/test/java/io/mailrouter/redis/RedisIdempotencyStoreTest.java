package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.testkit.IdempotencyStoreContract;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract, on each Redis that there is and on a cluster of three masters. */
@ParameterizedClass
@MethodSource("io.mailrouter.redis.TestRedis#each")
@Isolated("what it measures or times is spoilt by others")
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
        await().atMost(Duration.ofSeconds(25)).until(() -> fleet.snapshot().connected());
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

    /** The server's clock cannot be set, so time passes in fact. */
    @Override
    protected void pass(Duration time) {
        try {
            // Nobody counts down: this is the server's time that passes, and nothing can be awaited but it.
            new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected Duration lease() {
        return Duration.ofMillis(400);
    }
}
