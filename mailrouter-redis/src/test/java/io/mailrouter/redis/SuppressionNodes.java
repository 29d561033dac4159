package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.FaultProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Several nodes of one fleet, each with a connection and a suppression list of its own, on one Redis for a class. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SuppressionNodes {

    static final Duration LONG = Duration.ofSeconds(60);
    static final Duration WITHIN = Duration.ofSeconds(5);
    static final Duration BUDGET = Duration.ofMillis(50);
    static final Secret KEY = Secret.of("canary-of-a-key-0123");
    static final CanonicalAddress ADA = CanonicalAddress.of("ada-canary@example.org");
    static final CanonicalAddress BOB = CanonicalAddress.of("bob@example.org");
    static final Suppression BOUNCED = Suppression.forGood(Reason.HARD_BOUNCE, Instant.parse("2026-01-01T00:00:00Z"));

    RedisServer redis;
    String namespace;
    List<AutoCloseable> opened;
    FaultProxy proxy;
    Logs logs;

    @BeforeAll
    void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    void stop() {
        redis.close();
    }

    @BeforeEach
    void open() {
        namespace = UUID.randomUUID().toString();
        opened = new ArrayList<>();
        logs = Logs.from(Level.INFO);
        proxy = FaultProxy.before(redis.port(), 1);
    }

    @AfterEach
    void close() throws Exception {
        proxy.heal();
        for (AutoCloseable each : opened) {
            each.close();
        }
        proxy.close();
        logs.close();
    }

    RedisFleet fleet(String uri) {
        return fleet(uri, Duration.ofSeconds(2));
    }

    RedisFleet fleet(String uri, Duration timeout) {
        return RedisFleet.builder()
                .uri(uri)
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(200))
                .timeout(timeout)
                .build();
    }

    /** Returns the list of another node. */
    SuppressionList node(String uri, Secret key, Consumer<SuppressionListSettings> change) {
        RedisFleet fleet = fleet(uri);
        SuppressionList list = fleet.suppressionList(key, change);
        opened.add(list);
        opened.add(fleet);
        return list;
    }

    SuppressionList read(String uri, Consumer<SuppressionListSettings> change) {
        SuppressionList list = node(uri, KEY, change);
        awaitRead(list);
        return list;
    }

    SuppressionList node() {
        return read(redis.uri(), settings -> {});
    }

    SuppressionList behindProxy() {
        return read(proxy.url("redis").toString(), settings -> {});
    }

    SuppressionList oftenRead() {
        return read(redis.uri(), settings -> settings.readEvery(Duration.ofSeconds(1)));
    }

    static void awaitRead(SuppressionList list) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !list.toString().contains("not read yet"));
    }

    static boolean finds(SuppressionList list, CanonicalAddress address) {
        return list.lookUp(Set.of(address), WITHIN).containsKey(address);
    }

    String shardOf(CanonicalAddress address) {
        return SuppressionKeys.of(new FleetKeys(namespace))
                .shard(SuppressionKeys.shardOf(new KeyedHash(KEY).of(address.value())));
    }

    static String field(CanonicalAddress address) {
        return KeyedHash.text(new KeyedHash(KEY).of(address.value()));
    }
}
