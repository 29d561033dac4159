package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisFleetTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static RedisServer redis;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void forget() {
        redis.call("FLUSHALL");
    }

    private static RedisFleet.Builder node() {
        return RedisFleet.builder().uri(redis.uri()).syncEvery(Duration.ofMillis(200));
    }

    @Test
    void threeNodesSeeEachOthersLatencyUsageAndErrorsWithinTwoExchanges() {
        try (RedisFleet a = RedisFleet.connect(redis.uri());
                RedisFleet b = RedisFleet.connect(redis.uri());
                RedisFleet c = RedisFleet.connect(redis.uri())) {
            List<RedisFleet> fleet = List.of(a, b, c);
            fleet.forEach(node -> node.register("ses"));
            await().atMost(LONG)
                    .until(() -> fleet.stream().allMatch(n -> n.snapshot().nodes() == 3));
            long began = System.nanoTime();
            for (int i = 0; i < 60; i++) {
                a.record("ses", Signal.OK, Duration.ofMillis(100), 2);
                b.record("ses", Signal.OK, Duration.ofMillis(300), 1);
            }
            for (int i = 0; i < 40; i++) {
                b.record("ses", Signal.UNAVAILABLE, Duration.ofMillis(5), 0);
                a.record("ses", Signal.AMBIGUOUS, Duration.ofSeconds(10), 0);
                a.record("ses", Signal.THROTTLED, Duration.ofMillis(5), 0);
            }

            for (RedisFleet node : fleet) {
                await().atMost(LONG)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> node.snapshot()
                                .provider("ses")
                                .filter(p -> p.usedToday() == 180)
                                .isPresent());
            }
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            FleetSnapshot.Provider ses = c.snapshot().provider("ses").orElseThrow();
            assertThat(ses.usedThisMonth()).isEqualTo(180);
            assertThat(ses.latency().toMillis()).isBetween(190L, 210L);
            assertThat(ses.errorRate()).isCloseTo(80.0 / 200, within(0.02));
            assertThat(ses.throttled() / ses.attempts()).isCloseTo(40.0 / 240, within(0.02));
            assertThat(ses.attempts()).isBetween(10.0, 240.0);
            // Two intervals of at most 1.2 s, and room for a busy machine.
            assertThat(took).isLessThan(Duration.ofSeconds(25));
        }
    }

    @Test
    void theCountsFadeAndTheUsageStays() {
        try (RedisFleet a = node().build()) {
            a.record("ses", Signal.OK, Duration.ofMillis(10), 7);
            await().atMost(LONG).until(() -> a.snapshot().provider("ses").isPresent());
            double first = a.snapshot().provider("ses").orElseThrow().attempts();

            await().atMost(LONG)
                    .until(() -> a.snapshot().provider("ses").orElseThrow().attempts() < first * 0.85);
            FleetSnapshot.Provider later = a.snapshot().provider("ses").orElseThrow();
            assertThat(later.usedToday()).isEqualTo(7);
            assertThat(later.latency()).isBetween(Duration.ofMillis(9), Duration.ofMillis(11));
        }
    }

    @Test
    void aProviderThatNobodyUsedIsUnknownAndNotHealthy() {
        try (RedisFleet a = node().build()) {
            a.register("ses");

            await().atMost(LONG).until(() -> a.snapshot().connected());
            assertThat(a.snapshot().provider("ses")).isEmpty();
            assertThat(a.snapshot().nodes()).isEqualTo(1);
        }
    }

    @Test
    void fleetsOfDifferentNamespacesKnowNothingOfEachOther() {
        try (RedisFleet a = node().namespace("one").build();
                RedisFleet b = node().namespace("two").build()) {
            b.register("ses");
            a.record("ses", Signal.OK, Duration.ofMillis(10), 1);

            await().atMost(LONG).until(() -> a.snapshot().provider("ses").isPresent());
            long seen = b.snapshot().takenAt();
            await().atMost(LONG)
                    .until(() -> b.snapshot().connected() && b.snapshot().takenAt() != seen);
            assertThat(b.snapshot().provider("ses")).isEmpty();
            assertThat(b.snapshot().nodes()).isEqualTo(1);
            assertThat(keys()).allMatch(key -> key.startsWith("{mr:one}:") || key.startsWith("{mr:two}:"));
        }
    }

    @Test
    void everyKeyEndsByItself() {
        try (RedisFleet a = node().build()) {
            a.record("ses", Signal.OK, Duration.ofMillis(10), 1);
            await().atMost(LONG).until(() -> a.snapshot().provider("ses").isPresent());

            assertThat(keys()).hasSize(4);
            for (String key : keys()) {
                long ttl = (Long) redis.call("TTL", key);
                long expected = key.endsWith(":win") ? 200 : key.endsWith(":use") ? 40 * 86_400 : 86_400;
                assertThat(ttl).as(key).isPositive().isLessThanOrEqualTo(expected);
            }
            assertThat((Long) redis.call("TTL", "{mr:default}:p:ses:use")).isGreaterThan(39 * 86_400);
            assertThat((Long) redis.call("TTL", "{mr:default}:p:ses:win")).isGreaterThan(150);
        }
    }

    @Test
    void aDeadNodeIsCountedNoLonger() {
        try (RedisFleet a = node().nodeExpiry(Duration.ofSeconds(2)).build()) {
            redis.call("ZADD", "{mr:default}:nodes", Long.toString(serverMillis()), "dying-1");
            await().atMost(LONG).until(() -> a.snapshot().nodes() == 2);

            await().atMost(LONG).until(() -> a.snapshot().nodes() == 1);
            assertThat(redis.call("ZSCORE", "{mr:default}:nodes", "dying-1")).isEqualTo("(nil)");
        }
    }

    @Test
    void aNodeThatClosesLeavesAtOnceAndSharesWhatIsLeft() {
        try (RedisFleet a = node().build()) {
            a.register("ses");
            RedisFleet b = RedisFleet.builder()
                    .uri(redis.uri())
                    .syncEvery(Duration.ofSeconds(5))
                    .build();
            await().atMost(LONG).until(() -> b.snapshot().connected());
            b.record("ses", Signal.OK, Duration.ofMillis(10), 11);
            b.close();

            assertThat((Long) redis.call("ZCARD", "{mr:default}:nodes")).isLessThanOrEqualTo(1);
            assertThat(b.snapshot().connected()).isFalse();
            await().atMost(LONG).until(() -> a.snapshot().provider("ses").isPresent());
            assertThat(a.snapshot().provider("ses").orElseThrow().usedToday()).isEqualTo(11);
        }
    }

    @Test
    void aNodeCostsAtMostTwoCommandsASecondHoweverMuchItSends() throws Exception {
        try (RedisFleet a = RedisFleet.connect(redis.uri());
                RedisFleet b = RedisFleet.connect(redis.uri())) {
            await().atMost(LONG)
                    .until(() -> a.snapshot().nodes() == 2 && b.snapshot().nodes() == 2);
            redis.call("CONFIG", "RESETSTAT");
            long began = System.nanoTime();
            CountDownLatch ticks = new CountDownLatch(60);
            ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
            sender.scheduleAtFixedRate(
                    () -> {
                        for (int i = 0; i < 2_000; i++) {
                            a.record("ses", Signal.OK, Duration.ofMillis(10), 1);
                            b.record("sendgrid", Signal.OK, Duration.ofMillis(10), 1);
                        }
                        ticks.countDown();
                    },
                    0,
                    50,
                    TimeUnit.MILLISECONDS);
            assertThat(ticks.await(30, TimeUnit.SECONDS)).isTrue();
            sender.shutdown();
            double seconds = (System.nanoTime() - began) / 1e9;

            long calls = redis.received("evalsha") + redis.received("eval") + redis.received("ping");
            assertThat(calls).isPositive();
            assertThat(calls / seconds / 2).isLessThanOrEqualTo(2.0);
        }
    }

    @Test
    void closingBeforeTheFirstExchangeSharesAllTheSame() {
        RedisFleet a = RedisFleet.connect(redis.uri());
        a.record("ses", Signal.OK, Duration.ofMillis(10), 5);
        a.close();

        assertThat((String) redis.call("HGET", "{mr:default}:p:ses:use", "day")).endsWith(":5");
    }

    @Test
    void recordSurvivesSenselessValues() {
        try (RedisFleet a = node().build()) {
            a.record("ses", Signal.OK, Duration.ofSeconds(-5), -3);
            a.record("ses", Signal.OK, Duration.ofSeconds(Long.MAX_VALUE), 0);
            a.record("", Signal.NONE, Duration.ZERO, 0);
            a.record("{ñ}: \r\n", Signal.OK, Duration.ZERO, 1);

            await().atMost(LONG).until(() -> a.snapshot().provider("{ñ}: \r\n").isPresent());
            assertThat(a.snapshot().provider("ses").orElseThrow().usedToday()).isZero();
            assertThat(a.snapshot().provider("ses").orElseThrow().latency())
                    .isBetween(Duration.ZERO, Duration.ofHours(1));
        }
    }

    @SuppressWarnings("unchecked")
    private static List<String> keys() {
        return (List<String>) redis.call("KEYS", "*");
    }

    private static long serverMillis() {
        List<?> time = (List<?>) redis.call("TIME");
        return Long.parseLong((String) time.get(0)) * 1000;
    }
}
