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
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RedisFaultsTest {

    private static final long SEED = 20260731L;

    private Logs logs;

    @BeforeEach
    void listen() {
        logs = Logs.from(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        logs.close();
    }

    @Test
    @DisplayName(
            "R1 down at start: returns at once, one warning, joins later by itself with what was counted meanwhile")
    void joinsWhenRedisComes() {
        try (RedisServer redis = RedisServer.stopped()) {
            long began = System.nanoTime();
            RedisFleet node = Nodes.at(redis.uri()).build();
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            try (node) {
                assertThat(took).isLessThan(Duration.ofSeconds(10));
                assertThat(costOfSending(node, 10_000)).isLessThan(Duration.ofMillis(5));
                await().atMost(LONG)
                        .until(() -> !logs.ofFleet(Level.WARN, redis).isEmpty());
                assertThat(node.snapshot().connected()).isFalse();
                assertThat(node.snapshot().nodes()).isZero();
                redis.start();
                awaitConnected(node);

                awaitUsed(10_000, node);
                assertThat(logs.ofFleet(Level.WARN, redis))
                        .singleElement()
                        .asString()
                        .contains("127.0.0.1:" + redis.port(), "refused", "goes on with what it knows itself");
                assertThat(logs.ofLettuce(Level.WARN, redis)).isZero();
                assertThat(logs.ofFleet(Level.INFO, redis))
                        .singleElement()
                        .asString()
                        .contains("is used again");
            }
        }
    }

    @Test
    @DisplayName("R2 kill -9 midway: nothing throws or waits, and the node joins again after a restart")
    void survivesTheDeathOfRedis() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            send(node, 100);
            awaitUsed(100, node);
            redis.kill();
            Duration cost = costOfSending(node, 100_000);
            awaitAway(node);

            assertThat(cost).isLessThan(Duration.ofMillis(5));
            assertThat(node.snapshot().provider("ses").orElseThrow().usedThisMonth())
                    .isGreaterThanOrEqualTo(100);
            Duration age = node.snapshot().age();
            await().until(() -> node.snapshot().age().compareTo(age) > 0);
            redis.start();
            awaitConnected(node);
            // What was shared before died with the server, which kept nothing. All that was counted since is there.
            awaitUsed(100_000, node);
            assertThat(logs.ofFleet(Level.WARN, redis)).hasSize(1);
            assertThat(logs.ofLettuce(Level.WARN, redis)).isZero();
            assertThat(logs.ofFleet(Level.INFO, redis)).hasSize(1);
        }
    }

    @Test
    @DisplayName("R4 frozen with TCP alive: as if away, and back within 5 s")
    void survivesAFrozenRedis() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            awaitConnected(node);
            redis.freeze();
            Duration cost = costOfSending(node, 50_000);
            awaitAway(node);
            // Long enough for the connection to be given up and others to be tried in vain.
            await().atMost(LONG).until(() -> node.snapshot().age().toMillis() > 4_000);
            redis.thaw();
            long thawed = System.nanoTime();
            awaitConnected(node);
            Duration back = Duration.ofNanos(System.nanoTime() - thawed);

            System.out.println("connected " + back.toMillis() + " ms after the server was thawed");
            assertThat(back).isLessThan(Duration.ofSeconds(20));
            assertThat(cost).isLessThan(Duration.ofMillis(5));
            awaitUsed(50_000, node);
            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("did not answer in time");
        }
    }

    @Test
    @DisplayName("R4 a connection that is gone without a word is replaced")
    void replacesAConnectionThatSwallowsEverything() throws Exception {
        try (RedisServer redis = RedisServer.started();
                FaultProxy proxy = FaultProxy.before(redis.port(), SEED);
                RedisFleet node = Nodes.at(proxy.url("redis").toString()).build()) {
            awaitConnected(node);
            proxy.connections().forEach(Faults::swallow);
            awaitAway(node);
            send(node, 10);

            awaitConnected(node);
            awaitUsed(10, node);
        }
    }

    @Test
    @DisplayName("R5 a replica that takes no writes: marked away, back when it is a master again, nothing lost")
    void survivesAReplica() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            awaitConnected(node);
            redis.call("REPLICAOF", "127.0.0.1", Integer.toString(RedisServer.freePort()));
            awaitAway(node);
            send(node, 10);
            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("READONLY");
            redis.call("REPLICAOF", "NO", "ONE");

            awaitConnected(node);
            awaitUsed(10, node);
        }
    }

    @Test
    @DisplayName("R6 FLUSHALL: missing is not healthy, and sharing goes on")
    void survivesAWipe() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            node.record("ses", Signal.UNAVAILABLE, Duration.ofMillis(5), 3);
            awaitUsed(3, node);
            assertThat(node.snapshot().provider("ses").orElseThrow().errorRate())
                    .isGreaterThan(0.9);
            redis.call("FLUSHALL");

            await().atMost(LONG).until(() -> node.snapshot().provider("ses").isEmpty());
            assertThat(node.snapshot().connected()).isTrue();
            send(node, 4);
            awaitUsed(4, node);
            assertThat(node.snapshot().nodes()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("R7 out of memory: marked away, nothing is taken by halves, all arrives once there is room")
    void survivesAFullRedis() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            send(node, 5);
            awaitUsed(5, node);
            redis.call("CONFIG", "SET", "maxmemory", "1");
            awaitAway(node);
            send(node, 5);
            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("memory is full (OOM)");
            redis.call("CONFIG", "SET", "maxmemory", "0");

            awaitConnected(node);
            awaitUsed(10, node);
        }
    }

    @Test
    @DisplayName("R8 wrong password: one clear warning that names the property, local mode")
    void saysThatThePasswordIsWrong() {
        try (RedisServer redis = RedisServer.started("--requirepass", "the-right-one");
                RedisFleet node = Nodes.at(redis.uri())
                        .password(Secret.of("canary-93d1-wrong"))
                        .build()) {
            await().atMost(LONG).until(() -> !logs.ofFleet(Level.WARN, redis).isEmpty());

            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("refused the password (WRONGPASS)", "property password")
                    .doesNotContain("canary");
            assertThat(costOfSending(node, 10_000)).isLessThan(Duration.ofMillis(5));
            assertThat(node.snapshot().connected()).isFalse();
        }
    }

    @Test
    @DisplayName("R8 no password where one is wanted: one clear warning that names the property, local mode")
    void saysThatAPasswordIsMissing() {
        try (RedisServer redis = RedisServer.started("--requirepass", "the-right-one");
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            await().atMost(LONG).until(() -> !logs.ofFleet(Level.WARN, redis).isEmpty());

            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("wants a password (NOAUTH)", "property password");
            assertThat(node.snapshot().connected()).isFalse();
        }
    }

    @Test
    @DisplayName("R8 a user without permission: one clear warning, local mode; joins once it may")
    void saysThatAPermissionIsMissing() {
        try (RedisServer redis = RedisServer.started()) {
            redis.call("ACL", "SETUSER", "mail", "on", ">p@ss/word", "+ping", "~*");
            String uri = "redis://mail:p%40ss%2Fword@127.0.0.1:" + redis.port() + "/0";
            try (RedisFleet node = Nodes.at(uri).build()) {
                await().atMost(LONG)
                        .until(() -> !logs.ofFleet(Level.WARN, redis).isEmpty());
                assertThat(logs.ofFleet(Level.WARN, redis))
                        .singleElement()
                        .asString()
                        .contains("NOPERM");
                // What the README asks for, and no more.
                String commands = "eval evalsha time get set type zadd zrem zremrangebyscore zcard pexpire expire hmget"
                        + " hset select";
                List<String> words = new ArrayList<>(List.of("ACL", "SETUSER", "mail", "resetkeys", "~{mr:*"));
                Stream.of(commands.split(" ")).map(command -> "+" + command).forEach(words::add);
                assertThat(redis.call(words.toArray(String[]::new))).isEqualTo("OK");
                send(node, 3);

                awaitUsed(3, node);
            }
        }
    }

    @Test
    @DisplayName("R9 busy: local mode, and back by itself")
    void survivesABusyRedis() throws Exception {
        try (RedisServer redis = RedisServer.started("--lua-time-limit", "50");
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            awaitConnected(node);
            Thread busy = new Thread(() -> redis.call("EVAL", "while true do end", "0"));
            busy.start();
            awaitAway(node);
            send(node, 10);
            redis.call("SCRIPT", "KILL");
            busy.join();

            awaitConnected(node);
            awaitUsed(10, node);
        }
    }

    @Test
    @DisplayName("R10 SCRIPT FLUSH: unseen")
    void sendsTheScriptAgain() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet node = Nodes.at(redis.uri()).build()) {
            awaitConnected(node);
            for (int round = 1; round <= 5; round++) {
                redis.call("SCRIPT", "FLUSH");
                send(node, 10);
                awaitUsed(10L * round, node);
                assertThat(node.snapshot().connected()).isTrue();
            }
            assertThat(logs.ofFleet(Level.WARN, redis)).isEmpty();
        }
    }

    @Test
    @DisplayName("R11 garbage at every key: the node stays connected, counts it and warns once")
    void survivesGarbage() {
        try (RedisServer redis = RedisServer.started()) {
            redis.call("SET", "{mr:default}:nodes", "garbage");
            redis.call("RPUSH", "{mr:default}:p:ses:win", "garbage");
            redis.call("SET", "{mr:default}:p:ses:use", "garbage");
            redis.call("SET", "{mr:default}:p:sendgrid:win", "mrw\u0009a version of the far future");
            try (RedisFleet node = Nodes.at(redis.uri()).build()) {
                send(node, 5);
                node.record("sendgrid", Signal.OK, Duration.ofMillis(5), 3);
                await().atMost(LONG).until(() -> node.ignored() >= 8);

                assertThat(node.snapshot().connected()).isTrue();
                assertThat(node.snapshot().nodes()).isEqualTo(1);
                assertThat(node.snapshot().provider("sendgrid").orElseThrow().usedToday())
                        .isEqualTo(3);
                assertThat(logs.ofFleet(Level.WARN, redis))
                        .singleElement()
                        .asString()
                        .contains("cannot read, 4 values", "{mr:default}:");
            }
        }
    }

    @Test
    @DisplayName("R13 half of the nodes cut off: both halves count, all is known to all after healing")
    void halvesConverge() throws Exception {
        try (RedisServer redis = RedisServer.started();
                FaultProxy proxy = FaultProxy.before(redis.port(), SEED);
                RedisFleet a = Nodes.at(redis.uri()).build();
                RedisFleet b = Nodes.at(proxy.url("redis").toString()).build()) {
            awaitConnected(a, b);
            proxy.lose(1);
            awaitAway(b);
            send(a, 100);
            send(b, 1_000);
            await().atMost(LONG).until(() -> a.snapshot().provider("ses").isPresent());
            assertThat(b.snapshot().connected()).isFalse();
            proxy.lose(0);

            awaitUsed(1_100, a, b);
            assertThat(a.snapshot().nodes()).isEqualTo(2);
        }
    }

    @Test
    @DisplayName("R16 connections cut with exchanges in flight: every delta counts exactly once")
    void countsExactlyOnceThroughCutConnections() throws Exception {
        System.out.println("seed " + SEED);
        try (RedisServer redis = RedisServer.started();
                FaultProxy proxy = FaultProxy.before(redis.port(), SEED);
                RedisFleet a = Nodes.at(proxy.url("redis").toString())
                        .syncEvery(Duration.ofMillis(100))
                        .build();
                RedisFleet b = Nodes.at(proxy.url("redis").toString())
                        .syncEvery(Duration.ofMillis(100))
                        .build();
                RedisFleet c = Nodes.at(proxy.url("redis").toString())
                        .syncEvery(Duration.ofMillis(100))
                        .build();
                RedisFleet d =
                        Nodes.at(redis.uri()).syncEvery(Duration.ofMillis(100)).build()) {
            awaitConnected(a, b, c, d);
            proxy.lose(0.4);
            AtomicInteger sent = new AtomicInteger();
            CountDownLatch ticks = new CountDownLatch(120);
            ScheduledExecutorService sender = Executors.newSingleThreadScheduledExecutor();
            sender.scheduleAtFixedRate(
                    () -> {
                        for (RedisFleet node : List.of(a, b, c, d)) {
                            send(node, 10);
                            sent.addAndGet(10);
                        }
                        if (ticks.getCount() % 20 == 0) {
                            redis.call("CLIENT", "KILL", "TYPE", "normal");
                        }
                        ticks.countDown();
                    },
                    0,
                    25,
                    TimeUnit.MILLISECONDS);
            assertThat(ticks.await(60, TimeUnit.SECONDS)).isTrue();
            sender.shutdown();
            assertThat(sender.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
            proxy.lose(0);

            awaitUsed(sent.get(), a, b, c, d);
            assertThat(proxy.lost()).isGreaterThan(5);
            assertThat(a.snapshot().nodes()).isEqualTo(4);
            System.out.println(proxy.lost() + " answers lost, " + sent.get() + " counted");
        }
    }
}
