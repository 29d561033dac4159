package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static io.mailrouter.redis.Nodes.awaitUsed;
import static io.mailrouter.redis.Nodes.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.FaultProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A fleet on a client that the application has made. */
class UserClientTest {

    private static final long SEED = 42L;
    private static RedisServer redis;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static ClientOptions.Builder bounded() {
        return ClientOptions.builder().requestQueueSize(1_000);
    }

    private static ClientOptions.Builder dropping() {
        return bounded()
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true);
    }

    private static RedisClient client(ClientOptions options) {
        RedisClient client = RedisClient.create();
        client.setOptions(options);
        return client;
    }

    private static void refuses(String reason, ClientOptions options) {
        RedisClient client = client(options);
        try {
            assertThatThrownBy(() -> RedisFleet.builder().client(client, RedisURI.create(redis.uri())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("client would ")
                    .hasMessageContaining(reason)
                    .message()
                    .doesNotContain("redis://");
        } finally {
            client.shutdown();
        }
    }

    @Test
    @DisplayName("R16 a client that would send again, keep for later, or queue without bound is refused")
    void refusesWhatCouldCountTwice() {
        refuses("send commands again", ClientOptions.create());
        refuses("send commands again", bounded().build());
        refuses(
                "send commands again",
                dropping()
                        .replayFilter(command -> command.getType().toString().equals("EVALSHA"))
                        .build());
        refuses(
                "keep commands until it reconnects",
                bounded().replayFilter(command -> true).build());
        refuses(
                "queue without bound",
                ClientOptions.builder().autoReconnect(false).build());
    }

    static Stream<ClientOptions> accepted() {
        return Stream.of(bounded().autoReconnect(false).build(), dropping().build());
    }

    @ParameterizedTest
    @MethodSource("accepted")
    @DisplayName("R16 on a client that is accepted no delta counts twice though connections are cut; it stays open")
    void countsExactlyOnce(ClientOptions options) throws IOException {
        redis.call("FLUSHALL");
        RedisClient client = client(options);
        try (FaultProxy proxy = FaultProxy.before(redis.port(), SEED)) {
            RedisURI uri = RedisURI.create(proxy.url("redis").toString());
            try (RedisFleet node = fleet().client(client, uri).build()) {
                awaitConnected(node);
                for (int i = 1; i <= 5; i++) {
                    int before = proxy.lost();
                    proxy.lose(1);
                    send(node, 10);
                    await().atMost(LONG).until(() -> proxy.lost() > before);
                    proxy.lose(0);
                    awaitUsed(10L * i, node);
                }

                assertThat(node).asString().contains("127.0.0.1:" + uri.getPort());
            }
            try (StatefulRedisConnection<String, String> theirs = client.connect(uri)) {
                assertThat(theirs.sync().ping()).isEqualTo("PONG");
            }
        } finally {
            client.shutdown();
        }
    }

    @ParameterizedTest
    @MethodSource("accepted")
    @DisplayName("R16 of a client that is accepted a closed fleet leaves no connection")
    void leavesNoConnection(ClientOptions options) {
        RedisClient client = client(options);
        try {
            try (RedisFleet node =
                    fleet().client(client, RedisURI.create(redis.uri())).build()) {
                awaitConnected(node);
                assertThat(connections()).isGreaterThan(1);
            }
            await().atMost(LONG).until(() -> connections() == 1);
        } finally {
            client.shutdown();
        }
    }

    /** Returns how many there are with the one that asks. */
    private static long connections() {
        return String.valueOf(redis.call("CLIENT", "LIST")).lines().count();
    }

    private static RedisFleet.Builder fleet() {
        return RedisFleet.builder().syncEvery(Duration.ofMillis(100)).timeout(Duration.ofSeconds(2));
    }

    @Test
    @DisplayName("R16 why: a client with the defaults runs one command twice when its answer is lost")
    void theDefaultsRunACommandTwice() throws IOException, InterruptedException {
        assertThat(timesRun(ClientOptions.create())).isEqualTo(2);
        assertThat(timesRun(dropping().build())).isEqualTo(1);
    }

    private static long timesRun(ClientOptions options) throws IOException, InterruptedException {
        redis.call("DEL", "counter");
        RedisClient client = client(options);
        try (FaultProxy proxy = FaultProxy.before(redis.port(), SEED);
                StatefulRedisConnection<String, String> connection =
                        client.connect(RedisURI.create(proxy.url("redis").toString()))) {
            proxy.lose(1);
            var answer = connection.async().incr("counter");
            await().atMost(LONG).until(() -> proxy.lost() > 0);
            proxy.lose(0);
            try {
                answer.get(20, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // The client has given it up.
            }
            return Long.parseLong(String.valueOf(redis.call("GET", "counter")));
        } finally {
            client.shutdown();
        }
    }

    @Test
    @DisplayName("R17 a client for a cluster is checked and used likewise")
    void usesTheApplicationsClusterClient() {
        try (RedisCluster cluster = RedisCluster.started()) {
            RedisClusterClient client = RedisClusterClient.create(
                    "redis://127.0.0.1:" + cluster.masters().get(0).port());
            try {
                assertThatThrownBy(() -> RedisFleet.builder().client(client))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("send commands again");
                client.setOptions(ClusterClientOptions.builder(bounded().build())
                        .autoReconnect(false)
                        .build());
                try (RedisFleet node = fleet().client(client).build()) {
                    send(node, 7);
                    awaitUsed(7, node);
                }
                assertThat(client.connect().sync().ping()).isEqualTo("PONG");
            } finally {
                client.shutdown();
            }
        }
    }

    @Test
    void refusesWhatAGivenClientHasNoUseFor() {
        RedisClient client = client(dropping().build());
        try {
            for (RedisFleet.Builder builder : new RedisFleet.Builder[] {
                RedisFleet.builder().uri(redis.uri()),
                RedisFleet.builder().password(Secret.of("canary")),
                RedisFleet.builder().sentinelPassword(Secret.of("canary"))
            }) {
                assertThatThrownBy(() -> builder.client(client, RedisURI.create(redis.uri()))
                                .build())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("client is given");
            }
            assertThatThrownBy(() -> RedisFleet.builder()
                            .sentinelPassword(Secret.of("canary"))
                            .build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("sentinelPassword is given, but uri names no sentinels");
        } finally {
            client.shutdown();
        }
    }
}
