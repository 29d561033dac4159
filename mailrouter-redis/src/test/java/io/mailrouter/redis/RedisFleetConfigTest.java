package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisFleetConfigTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private static void refuses(String message, Consumer<RedisFleet.Builder> setting) {
        assertThatThrownBy(() -> setting.accept(RedisFleet.builder()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesWhatIsOutOfRange() {
        refuses("syncEvery is PT0.099S: PT0.1S to PT5S is possible", b -> b.syncEvery(Duration.ofMillis(99)));
        refuses("syncEvery is PT5.001S", b -> b.syncEvery(Duration.ofMillis(5_001)));
        refuses("timeout is PT0.009S: PT0.01S to PT5S is possible", b -> b.timeout(Duration.ofMillis(9)));
        refuses("timeout is PT6S", b -> b.timeout(Duration.ofSeconds(6)));
        refuses("namespace is not 1 to 64", b -> b.namespace(""));
        refuses("namespace is not 1 to 64", b -> b.namespace("a}b"));
        refuses("node is not 1 to 64", b -> b.node("x".repeat(65)));
        refuses(
                "trustedCertificates /nowhere/ca.pem cannot be read",
                b -> b.trustedCertificates(Path.of("/nowhere/ca.pem")));
    }

    @Test
    void refusesAFileWithoutCertificates(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        Path junk = Files.writeString(folder.resolve("junk.pem"), "-----BEGIN CERTIFICATE-----\nx\n");

        refuses("holds no certificate", b -> b.trustedCertificates(empty));
        refuses("holds no certificate in PEM", b -> b.trustedCertificates(junk));
    }

    @Test
    void refusesTwoPasswords() {
        RedisFleet.Builder builder =
                RedisFleet.builder().uri("redis://u:canary-1@localhost").password(Secret.of("canary-2"));

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("password is given twice: once as such and once in uri");
    }

    @Test
    void nodeNamespaceAndDatabaseTakeEffect() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet fleet = RedisFleet.builder()
                        .uri(URI.create(redis.uri() + "/3"))
                        .namespace("shop")
                        .node("mail-7")
                        .build()) {
            await().atMost(LONG).until(() -> fleet.snapshot().connected());

            assertThat(fleet.toString()).matches("RedisFleet\\[127.0.0.1:[0-9]+, shop, mail-7-[0-9a-f]{8}]");
            redis.call("SWAPDB", "0", "3");
            assertThat((List<?>) redis.call("ZRANGE", "{mr:shop}:nodes", "0", "-1"))
                    .singleElement()
                    .asString()
                    .startsWith("mail-7-");
        }
    }

    @Test
    void syncEveryTakesEffectWithItsJitter() {
        long seed = 4711;
        System.out.println("seed " + seed);
        try (RedisServer redis = RedisServer.started();
                RedisFleet fleet = RedisFleet.builder()
                        .uri(redis.uri())
                        .syncEvery(Duration.ofMillis(300))
                        .random(new Random(seed))
                        .build()) {
            Set<Long> exchanges = new TreeSet<>();
            await().atMost(LONG).pollInterval(Duration.ofMillis(2)).until(() -> {
                if (fleet.snapshot().connected()) {
                    exchanges.add(fleet.snapshot().takenAt());
                }
                return exchanges.size() == 12;
            });

            List<Long> times = List.copyOf(new TreeSet<>(exchanges));
            double mean = (times.get(11) - times.get(0)) / 11e6;
            assertThat(mean).as("by default it would be 1,000").isBetween(240.0, 750.0);
            for (int i = 1; i < times.size(); i++) {
                assertThat((times.get(i) - times.get(i - 1)) / 1e6).isGreaterThan(200);
            }
        }
    }

    @Test
    void timeoutTakesEffect() {
        try (RedisServer redis = RedisServer.started();
                RedisFleet patient = RedisFleet.builder()
                        .uri(redis.uri())
                        .syncEvery(Duration.ofMillis(200))
                        .timeout(Duration.ofSeconds(5))
                        .build();
                RedisFleet hasty = RedisFleet.builder()
                        .uri(redis.uri())
                        .syncEvery(Duration.ofMillis(200))
                        .build()) {
            await().atMost(LONG)
                    .until(() ->
                            patient.snapshot().connected() && hasty.snapshot().connected());
            redis.call("CLIENT", "PAUSE", "3000");
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> !hasty.snapshot().connected());

            assertThat(patient.snapshot().connected()).isTrue();
            await().atMost(LONG).until(() -> hasty.snapshot().connected());
            assertThat(patient.snapshot().connected()).isTrue();
        }
    }
}
