package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitAway;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static io.mailrouter.redis.Nodes.awaitUsed;
import static io.mailrouter.redis.Nodes.costOfSending;
import static io.mailrouter.redis.Nodes.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.health.Order;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A fleet that meets in a cluster of three masters. */
class ClusterFleetTest {

    private static RedisCluster redis;

    @BeforeAll
    static void start() {
        redis = RedisCluster.started("--cluster-require-full-coverage", "no");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void isWhole() {
        redis.awaitWhole();
    }

    private static RedisFleet node(String namespace) {
        return Nodes.at(redis.uri()).namespace(namespace).build();
    }

    private static RedisServer masterOf(String namespace) {
        return redis.masterOf("{mr:" + namespace + "}:nodes");
    }

    private static RedisServer another(RedisServer than) {
        return redis.masters().stream()
                .filter(master -> master != than)
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("R17 whatever slot a fleet's name has, its nodes share what they count and obey what one was ordered")
    void sharesInEverySlot() {
        for (String namespace : List.of("a", "b", "c", "d")) {
            try (RedisFleet a = node(namespace);
                    RedisFleet b = node(namespace)) {
                a.record("ses", Signal.OK, Duration.ofMillis(5), 2);
                b.record("{another}", Signal.OK, Duration.ofMillis(5), 3);
                b.record("ses", Signal.OK, Duration.ofMillis(5), 1);
                long now = System.nanoTime();
                a.order("ses", new Order(Order.Kind.DISABLED, 1, "incident 42", now, now + 60_000_000_000L));

                awaitUsed(3, a, b);
                await().atMost(LONG).until(() -> b.snapshot().orders().containsKey("ses"));
                assertThat(b.snapshot().providers()).containsOnlyKeys("ses", "{another}");
            }
        }
        assertThat(redis.masters())
                .filteredOn(master -> (Long) master.call("DBSIZE") > 0)
                .as("masters that were used")
                .hasSizeGreaterThan(1);
    }

    @Test
    @DisplayName("R17 a slot that is moved under a running fleet: found again, every delta counts once")
    void followsItsSlot() {
        try (RedisFleet a = node("moving");
                RedisFleet b = node("moving")) {
            b.register("ses");
            send(a, 5);
            awaitUsed(5, a, b);
            RedisServer from = masterOf("moving");
            RedisServer to = another(from);
            redis.move("{mr:moving}:nodes", to);
            send(a, 7);
            send(b, 8);

            awaitUsed(20, a, b);
            assertThat(masterOf("moving")).isSameAs(to);
            assertThat(to.call("EXISTS", "{mr:moving}:p:ses:use")).isEqualTo(1L);
            redis.move("{mr:moving}:nodes", from);
            send(a, 1);
            awaitUsed(21, a, b);
        }
    }

    @Test
    @DisplayName("R2 R17 the master with the fleet's slot dies: local mode, nothing waits, and back when it is")
    void survivesTheDeathOfItsMaster() {
        RedisServer master = masterOf("dying");
        try (Logs logs = Logs.from(Level.WARN);
                RedisFleet node = node("dying")) {
            awaitConnected(node);
            master.kill();
            awaitAway(node);
            Duration cost = costOfSending(node, 10_000);
            assertThat(cost).isLessThan(Duration.ofMillis(5));
            master.start();
            long started = System.nanoTime();
            awaitConnected(node);

            System.out.printf(
                    "connected %d ms after the cluster's master was back%n",
                    Duration.ofNanos(System.nanoTime() - started).toMillis());
            awaitUsed(10_000, node);
            assertThat(logs.ofFleet(Level.WARN, redis.masters().get(0))).hasSize(1);
        }
    }

    @Test
    @DisplayName("R2 R17 another master dies: the fleet goes on, and nodes that start now join")
    void survivesTheDeathOfAnother() {
        RedisServer dead = another(masterOf("living"));
        try (RedisFleet node = node("living")) {
            awaitConnected(node);
            dead.kill();
            send(node, 3);
            awaitUsed(3, node);
            try (RedisFleet late = node("living")) {
                send(late, 4);
                awaitUsed(7, node, late);
            }
        } finally {
            dead.start();
        }
    }

    @Test
    @DisplayName(
            "R17 a call to another slot whose connection was lost works again by itself, and the fleet never stops")
    void replacesALostConnectionToAnotherSlot() {
        RedisServer other = another(masterOf("calls"));
        String key = keyAt(other);
        FleetProbe probe = new FleetProbe(redis.uri(), "calls");
        try (probe) {
            await().atMost(LONG).until(() -> probe.calls(key));
            long exchanged = probe.exchanges();
            await().atMost(LONG).until(() -> probe.exchanges() > exchanged + 10);
            other.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            long killed = System.nanoTime();
            await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(() -> !probe.calls(key));
            await().atMost(LONG).pollInterval(Duration.ofMillis(20)).until(() -> probe.calls(key));

            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(50));
            assertThat(probe.wasAway()).isFalse();
        }
    }

    /** Returns a key in a slot of this master. */
    private static String keyAt(RedisServer master) {
        for (int i = 0; i < 1_000; i++) {
            String key = "mr:calls:{" + i + "}";
            if (redis.masterOf(key) == master) {
                return key;
            }
        }
        throw new AssertionError("no key found");
    }

    @Test
    @DisplayName("R8 R17 redis:// to one of a cluster, and redis-cluster:// to one of none, say so and what to write")
    void saysWhatToWrite() {
        RedisServer stranger = another(masterOf("wrong"));
        try (Logs logs = Logs.from(Level.WARN);
                RedisServer single = RedisServer.started();
                RedisFleet asSingle =
                        Nodes.at(stranger.uri()).namespace("wrong").build();
                RedisFleet asCluster = Nodes.at(single.uri().replace("redis:", "redis-cluster:"))
                        .build()) {
            await().atMost(LONG)
                    .until(() -> logs.ofFleet(Level.WARN, stranger).stream()
                            .anyMatch(line -> line.contains("one of a cluster (MOVED): write redis-cluster://")));
            await().atMost(LONG)
                    .until(() -> logs.ofFleet(Level.WARN, single).stream()
                            .anyMatch(line -> line.contains("no cluster: check the property uri")));

            assertThat(asSingle.snapshot().connected()).isFalse();
            assertThat(asCluster.snapshot().connected()).isFalse();
        }
    }
}
