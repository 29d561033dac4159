package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.lettuce.core.api.StatefulConnection;
import io.mailrouter.health.Order;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Nodes that exchange rarely and hear of each other at once. */
class HintsTest {

    /** No jitter: a node comes at once, and then every four seconds. */
    private static final RandomGenerator LOWEST = () -> 0L;

    private static RedisServer redis;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RedisFleet.Builder rare(String uri, String namespace) {
        return RedisFleet.builder().uri(uri).namespace(namespace).random(LOWEST).syncEvery(Duration.ofSeconds(5));
    }

    private static Order disabled(String reason) {
        long now = System.nanoTime();
        return new Order(
                Order.Kind.DISABLED, 1, reason, now, now + Duration.ofMinutes(5).toNanos());
    }

    private static boolean knows(RedisFleet node, String reason) {
        return node.snapshot().orders().getOrDefault("ses", List.of()).stream()
                .anyMatch(order -> order.reason().equals(reason));
    }

    private static void awaitListeners(TestRedis redis, String namespace, long listeners) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> redis.onEach("PUBSUB", "NUMSUB", "{mr:" + namespace + "}:ev").stream()
                                .mapToLong(answer -> (Long) ((List<?>) answer).get(1))
                                .sum()
                        == listeners);
    }

    /**
     * Returns the shortest of some times, for one of them may be long on a busy machine. Without a hint all but the first
     * are: each begins when an exchange has just ended.
     */
    private static Duration shortestTimeUntilKnown(RedisFleet from, RedisFleet to) {
        timeUntilKnown(from, to, "first");
        Duration shortest = LONG;
        for (int i = 0; i < 5 && shortest.compareTo(Duration.ofSeconds(1)) > 0; i++) {
            Duration took = timeUntilKnown(from, to, "incident " + i);
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
        }
        return shortest;
    }

    private static Duration timeUntilKnown(RedisFleet from, RedisFleet to, String reason) {
        long began = System.nanoTime();
        from.order("ses", disabled(reason));
        await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> knows(to, reason));
        return Duration.ofNanos(System.nanoTime() - began);
    }

    @Test
    @DisplayName("T13 an order is known elsewhere long before the next exchange is due")
    void anOrderIsHeardAtOnce() {
        try (RedisFleet a = rare(redis.uri(), "quick").build();
                RedisFleet b = rare(redis.uri(), "quick").build()) {
            a.register("ses");
            b.register("ses");
            awaitConnected(a, b);
            awaitListeners(redis, "quick", 2);
            Duration took = shortestTimeUntilKnown(a, b);

            System.out.println("order known to another node by a hint after " + took.toMillis() + " ms");
            assertThat(took).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    @DisplayName("T13 R17 in a cluster a hint reaches who listens at another master")
    void anOrderIsHeardInACluster() {
        try (RedisCluster cluster = RedisCluster.started();
                RedisFleet a = rare(cluster.uri(), "quick").build();
                RedisFleet b = rare(cluster.uri(), "quick").build();
                RedisFleet c = rare(cluster.uri(), "quick").build()) {
            List.of(a, b, c).forEach(node -> node.register("ses"));
            awaitConnected(a, b, c);
            awaitListeners(cluster, "quick", 3);
            assertThat(shortestTimeUntilKnown(a, b)).isLessThan(Duration.ofSeconds(3));
            timeUntilKnown(a, c, "incident 42");
        }
    }

    @Test
    @DisplayName("R16 without its listening connection a node learns all the same, and then listens again")
    void hintsAreOnlyHints() {
        try (RedisFleet a = rare(redis.uri(), "lost").build();
                RedisFleet b = RedisFleet.builder()
                        .uri(redis.uri())
                        .namespace("lost")
                        .syncEvery(Duration.ofMillis(500))
                        .build()) {
            a.register("ses");
            b.register("ses");
            awaitConnected(a, b);
            awaitListeners(redis, "lost", 2);
            redis.call("CLIENT", "KILL", "TYPE", "pubsub");
            timeUntilKnown(a, b, "incident 42");

            awaitListeners(redis, "lost", 2);
        }
    }

    @Test
    @DisplayName("R8 a user that must not listen: one line at INFO, and orders travel with the exchanges")
    void whoMustNotListenAsks() {
        redis.call("ACL", "SETUSER", "deaf", "on", ">deaf", "~*", "+@all", "-subscribe", "&*");
        String uri = "redis://deaf:deaf@127.0.0.1:" + redis.port();
        try (Logs logs = Logs.from(Level.INFO);
                RedisFleet a = rare(redis.uri(), "deaf").build();
                RedisFleet b = RedisFleet.builder()
                        .uri(uri)
                        .namespace("deaf")
                        .syncEvery(Duration.ofMillis(300))
                        .build()) {
            b.register("ses");
            awaitConnected(a, b);
            timeUntilKnown(a, b, "incident 42");
            await().atMost(LONG).until(() -> !deaf(logs).isEmpty());
            long seen = b.snapshot().takenAt();
            await().atMost(LONG).until(() -> b.snapshot().takenAt() - seen > 1_500_000_000L);

            assertThat(deaf(logs)).singleElement().asString().contains("NOPERM", "allow SUBSCRIBE");
            assertThat(b.snapshot().connected()).isTrue();
        }
    }

    private static List<String> deaf(Logs logs) {
        return logs.ofFleet(Level.INFO, "{mr:deaf}:ev");
    }

    @Test
    void aFloodOfHintsCostsAFewExchangesASecond() throws InterruptedException {
        try (RedisFleet a = rare(redis.uri(), "flood").build()) {
            a.register("ses");
            awaitConnected(a);
            awaitListeners(redis, "flood", 1);
            long before = exchanges("flood");
            long began = System.nanoTime();
            while (System.nanoTime() - began < Duration.ofSeconds(2).toNanos()) {
                redis.call("PUBLISH", "{mr:flood}:ev", "ses,use,1");
            }
            long made = exchanges("flood") - before;
            long rests = (System.nanoTime() - began) / Alarm.REST.toNanos();

            assertThat(made).isBetween(1L, rests + 2);
        }
    }

    @Test
    @DisplayName(
            "a client that the application has ended throws nothing through the exchanges, and is asked again later")
    void aClientThatHasEndedIsAskedAgain() {
        AtomicInteger asked = new AtomicInteger();
        AtomicLong clock = new AtomicLong();
        Hints hints = new Hints(ended(asked), "ev", () -> {}, LoggerFactory.getLogger(HintsTest.class), clock::get);
        hints.listen();
        hints.listen();
        assertThat(asked).hasValue(1);
        clock.addAndGet(Hints.PAUSE.toNanos() + 1);
        hints.listen();

        assertThat(asked).hasValue(2);
        assertThat(hints.drop()).isCompletedExceptionally();
    }

    private static Connector ended(AtomicInteger asked) {
        return new Connector() {
            @Override
            public Duration patience() {
                return Duration.ofSeconds(1);
            }

            @Override
            public CompletableFuture<Connected> connect() {
                return CompletableFuture.failedFuture(new IllegalStateException("ended"));
            }

            @Override
            public CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard) {
                asked.incrementAndGet();
                throw new IllegalStateException("ended");
            }

            @Override
            public void close() {}
        };
    }

    /** A node's sequence rises by one with each exchange. */
    private static long exchanges(String namespace) {
        List<?> keys = (List<?>) redis.call("KEYS", "{mr:" + namespace + "}:seq:*");
        return Long.parseLong(String.valueOf(redis.call("GET", String.valueOf(keys.get(0)))));
    }
}
