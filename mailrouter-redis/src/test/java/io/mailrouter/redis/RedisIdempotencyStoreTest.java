package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.testkit.IdempotencyStoreContract;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisIdempotencyStoreTest extends IdempotencyStoreContract {

    private static RedisServer redis;
    private static RedisFleet fleet;

    @BeforeAll
    static void join() {
        redis = RedisServer.started();
        fleet = RedisFleet.builder()
                .uri(redis.uri())
                .syncEvery(Duration.ofMillis(100))
                .build();
        await().atMost(Duration.ofSeconds(20)).until(() -> fleet.snapshot().connected());
    }

    @AfterAll
    static void leave() {
        fleet.close();
        redis.close();
    }

    @AfterEach
    void forgetAll() {
        redis.call("FLUSHALL");
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
