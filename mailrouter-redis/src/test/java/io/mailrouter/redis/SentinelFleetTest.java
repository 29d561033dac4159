package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitAway;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static io.mailrouter.redis.Nodes.awaitUsed;
import static io.mailrouter.redis.Nodes.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.provider.Secret;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A fleet that asks a real sentinel where its Redis is. */
class SentinelFleetTest {

    private final RedisServer master = RedisServer.started();
    private final RedisServer replica = replica();
    private final RedisServer sentinel = RedisServer.sentinelOf(master);
    private final Logs logs = Logs.from(Level.INFO);

    /** Known to the master, for a sentinel asks it once and then not for ten seconds. */
    private RedisServer replica() {
        RedisServer server = RedisServer.started("--replicaof", "127.0.0.1", Integer.toString(master.port()));
        await().atMost(LONG).until(() -> String.valueOf(master.call("ROLE")).contains(Integer.toString(server.port())));
        return server;
    }

    @AfterEach
    void stop() {
        sentinel.close();
        replica.close();
        master.close();
        logs.close();
    }

    private String uri(String main) {
        // One sentinel of the two is not there.
        return "redis-sentinel://127.0.0.1:" + RedisServer.freePort() + ",127.0.0.1:" + sentinel.port() + "#" + main;
    }

    private void awaitWarning(String text) {
        await().atMost(LONG)
                .until(() -> logs.ofFleet(Level.WARN, sentinel).stream().anyMatch(line -> line.contains(text)));
    }

    @Test
    @DisplayName("R2 the master dies: local mode, and on with the one that the sentinel takes, nothing lost since")
    void followsTheMaster() {
        try (RedisFleet node = Nodes.at(uri("main")).build()) {
            send(node, 5);
            awaitUsed(5, node);
            await().atMost(LONG)
                    .until(() -> String.valueOf(replica.call("HGET", "{mr:default}:p:ses:use", "day"))
                            .endsWith(":5"));
            master.kill();
            long died = System.nanoTime();
            awaitAway(node);
            send(node, 7);
            awaitConnected(node);

            System.out.printf(
                    "on with the new master %d ms after the death of the old one%n",
                    Duration.ofNanos(System.nanoTime() - died).toMillis());
            awaitUsed(12, node);
            assertThat(String.valueOf(replica.call("ROLE"))).contains("master");
        }
    }

    @Test
    @DisplayName("R8 a name that no sentinel knows: one clear warning that names the property, local mode")
    void saysThatTheNameIsUnknown() {
        try (RedisFleet node = Nodes.at(uri("other")).build()) {
            awaitWarning("its sentinels know no master of the name in the property uri");

            assertThat(node.snapshot().connected()).isFalse();
        }
    }

    @Test
    @DisplayName("R8 a sentinel with a password of its own: used for it alone; missing or wrong, the property is named")
    void logsInToTheSentinel() {
        master.call("CONFIG", "SET", "requirepass", "of-the-master");
        sentinel.call("ACL", "SETUSER", "default", "resetpass", ">of-the-sentinel");
        String uri = "redis-sentinel://:of-the-master@127.0.0.1:" + sentinel.port() + "#main";
        try (RedisFleet none = Nodes.at(uri).build()) {
            awaitWarning("wants a password (NOAUTH): set the property sentinelPassword");
            assertThat(none.snapshot().connected()).isFalse();
        }
        try (RedisFleet wrong =
                Nodes.at(uri).sentinelPassword(Secret.of("of-the-master")).build()) {
            awaitWarning("refused the password (WRONGPASS): check the property sentinelPassword");
            assertThat(wrong.snapshot().connected()).isFalse();
        }
        try (RedisFleet right =
                Nodes.at(uri).sentinelPassword(Secret.of("of-the-sentinel")).build()) {
            awaitConnected(right);
        }
    }
}
