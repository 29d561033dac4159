package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Secret;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What is logged at TRACE, where Lettuce logs the wire; alone, for no other test is to be logged so. */
@Isolated
class SecretsTest {

    @Test
    @DisplayName("C10 the password is in no log at TRACE, no exception, no text and no thread's name")
    void neverShowsThePassword() {
        String canary = "canary-7c51-pass";
        try (Logs logs = Logs.from(Level.TRACE);
                RedisServer redis = RedisServer.started("--requirepass", canary)) {
            Secret password = Secret.of(canary + "\n");
            try (RedisFleet good = RedisFleet.builder()
                            .uri(redis.uri())
                            .password(password)
                            .build();
                    RedisFleet inUri = RedisFleet.connect("redis://default:" + canary + "@127.0.0.1:" + redis.port());
                    RedisFleet wrong = RedisFleet.builder()
                            .uri(redis.uri())
                            .password(Secret.of(canary + "-wrong"))
                            .build()) {
                good.record("ses", Signal.OK, Duration.ofMillis(5), 1);
                await().atMost(LONG)
                        .until(() -> good.snapshot().nodes() == 2
                                && inUri.snapshot().connected()
                                && !logs.ofFleet(Level.WARN).isEmpty());

                assertThat(good.toString() + inUri + wrong).doesNotContain(canary);
                assertThat(Thread.getAllStackTraces().keySet())
                        .noneMatch(thread -> thread.getName().contains(canary));
            }
            // The wire was really being logged, only not the login.
            assertThat(logs.everything()).contains("EVALSHA").doesNotContain(canary);
        }
    }

    @Test
    @DisplayName("C10 R17 nor are those of a cluster's nodes")
    void neverShowsThePasswordOfACluster() {
        String canary = "canary-88e2-pass";
        try (RedisCluster redis = RedisCluster.started();
                Logs logs = Logs.from(Level.TRACE)) {
            redis.onEach("ACL", "SETUSER", "mail", "on", ">" + canary, "~*", "&*", "+@all");
            redis.onEach("CONFIG", "SET", "requirepass", canary + "-default");
            try (RedisFleet node = Nodes.at(redis.uri().replace("//", "//mail:" + canary + "@"))
                            .build();
                    RedisFleet wrong = Nodes.at(redis.uri())
                            .password(Secret.of(canary + "-wrong"))
                            .build()) {
                node.record("ses", Signal.OK, Duration.ofMillis(5), 1);
                await().atMost(LONG)
                        .until(() -> node.snapshot().provider("ses").isPresent()
                                && !logs.ofFleet(Level.WARN, "WRONGPASS").isEmpty());

                assertThat(node.toString() + wrong).doesNotContain(canary);
            }
            assertThat(logs.everything()).contains("EVALSHA", "CLUSTER").doesNotContain(canary);
        }
    }

    @Test
    @DisplayName("C10 nor are those of a sentinel and the server that it names")
    void neverShowsThePasswordOfASentinel() {
        String canary = "canary-a05b-pass";
        try (RedisServer redis = RedisServer.started();
                RedisServer sentinel = RedisServer.sentinelOf(redis);
                Logs logs = Logs.from(Level.TRACE)) {
            redis.call("CONFIG", "SET", "requirepass", canary + "-server");
            sentinel.call("ACL", "SETUSER", "default", "resetpass", ">" + canary + "-sentinel");
            String uri = "redis-sentinel://:" + canary + "-server@127.0.0.1:" + sentinel.port() + "#main";
            try (RedisFleet node = Nodes.at(uri)
                            .sentinelPassword(Secret.of(canary + "-sentinel"))
                            .build();
                    RedisFleet wrong = Nodes.at(uri)
                            .sentinelPassword(Secret.of(canary + "-wrong"))
                            .build()) {
                node.record("ses", Signal.OK, Duration.ofMillis(5), 1);
                await().atMost(LONG)
                        .until(() -> node.snapshot().provider("ses").isPresent()
                                && !logs.ofFleet(Level.WARN, "WRONGPASS").isEmpty());

                assertThat(node.toString() + wrong).doesNotContain(canary);
            }
            assertThat(logs.everything())
                    .contains("EVALSHA", "get-master-addr-by-name")
                    .doesNotContain(canary);
        }
    }
}
