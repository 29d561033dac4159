package io.mailrouter.redis;

import static io.mailrouter.redis.Nodes.LONG;
import static io.mailrouter.redis.Nodes.awaitConnected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.RecordingProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user that may do what the text in our jar says, and nothing else. */
class AclUserTest {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final CanonicalAddress BOB = CanonicalAddress.of("bob@example.org");
    private static final CanonicalAddress EVE = CanonicalAddress.of("eve@example.org");
    private static final Suppression BOUNCED =
            Suppression.forGood(Suppression.Reason.HARD_BOUNCE, Instant.parse("2026-01-01T00:00:00Z"));

    /** What only a cluster's client says. */
    private static final Set<String> FOR_A_CLUSTER = Set.of("cluster", "info", "asking");

    private static String[] words() {
        try (InputStream text = RedisFleet.class.getResourceAsStream("acl-user.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split("\\s+");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void createUser(TestRedis redis) {
        assertThat(redis.onEach(words())).containsOnly("OK");
        redis.onEach("ACL", "SETUSER", "default", "resetpass", ">another");
    }

    private static String asUser(String uri) {
        return uri.replace("//", "//mailrouter:PASSWORD@");
    }

    /** Returns the commands that were asked for in vain. */
    private static Set<String> denied(RedisServer redis) {
        Set<String> denied = new TreeSet<>();
        for (Object entry : (List<?>) redis.as("another", "ACL", "LOG")) {
            List<?> fields = (List<?>) entry;
            denied.add(String.valueOf(fields.get(fields.indexOf("object") + 1)));
        }
        // Lettuce tells the server its own name, and does without where it may not.
        denied.removeIf(command -> command.startsWith("client"));
        return denied;
    }

    private static Email email(int number) {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey("order-" + number)
                .build();
    }

    /** Everything that is done with Redis, by two nodes. */
    private static void doEverything(String uri) {
        RecordingProvider ses = RecordingProvider.named("ses");
        RedisFleet a = Nodes.at(uri).build();
        RedisFleet b = Nodes.at(uri).build();
        Secret key = Secret.of("a key of more than 16 bytes");
        try (a;
                b;
                SuppressionList list = a.suppressionList(key);
                SuppressionList other = b.suppressionList(key);
                EmailService emails = EmailService.builder()
                        .provider(ses, p -> p.rate(1_000).dailyQuota(50_000))
                        .provider(RecordingProvider.named("sendgrid"))
                        .routing(Routing.inOrder())
                        .failoverBudget(100, 1_000)
                        .idempotency(a.idempotencyStore())
                        .suppression(list)
                        .fleet(a)
                        .build()) {
            b.register("ses");
            awaitConnected(a, b);
            await().atMost(LONG).until(() -> other.toString().contains("[0 addresses]"));
            for (int i = 0; i < 5; i++) {
                assertThat(emails.trySend(email(i))).isInstanceOf(SendResult.Accepted.class);
            }
            ses.answers(new Outcome.Unavailable("connection_refused", ""));
            for (int i = 5; i < 15; i++) {
                emails.trySend(email(i));
            }
            emails.operations().disable("ses", "incident 42", Duration.ofMinutes(5));
            long now = System.nanoTime();
            a.hold("ses", new FleetHold(HealthState.THROTTLED, "slow_down", now, now + 60_000_000_000L));
            list.add(BOB, BOUNCED);
            await().atMost(LONG).until(() -> b.snapshot().orders().containsKey("ses"));
            await().atMost(LONG).until(() -> b.snapshot().holds().containsKey("ses"));
            await().atMost(LONG).until(() -> other.lookUp(Set.of(BOB), WITHIN).containsKey(BOB));
            // Who knows one change reads the next alone.
            list.add(EVE, BOUNCED);
            await().atMost(LONG).until(() -> other.lookUp(Set.of(EVE), WITHIN).containsKey(EVE));
            assertThat(other.remove(BOB)).isTrue();
        }
    }

    @Test
    @DisplayName("R8 the user of acl-user.txt may do all that a fleet does, and nothing that it does not")
    void mayDoWhatIsDoneAndNoMore() {
        try (Logs logs = Logs.from(Level.INFO);
                RedisServer redis = RedisServer.started()) {
            createUser(redis);
            redis.as("another", "CONFIG", "RESETSTAT");
            doEverything(asUser(redis.uri() + "/2"));

            assertThat(denied(redis)).isEmpty();
            assertThat(logs.ofFleet(Level.INFO, "{mr:default}:ev")).isEmpty();
            String stats = String.valueOf(redis.as("another", "INFO", "commandstats"));
            assertThat(granted()).allSatisfy(command -> assertThat(stats).contains("cmdstat_" + command + ":calls="));
            Stream.of("KEYS *", "FLUSHALL", "CONFIG GET *", "GET other", "SET other 1", "SUBSCRIBE other", "ACL LIST")
                    .forEach(command -> assertThat(String.valueOf(redis.call(
                                    List.of(List.of("AUTH", "mailrouter", "PASSWORD"), List.of(command.split(" "))))))
                            .as(command)
                            .startsWith("-NOPERM"));
        }
    }

    private static Set<String> granted() {
        return Stream.of(words())
                .filter(word -> word.startsWith("+"))
                .map(word -> word.substring(1).split("\\|")[0])
                .filter(command -> !FOR_A_CLUSTER.contains(command))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @DisplayName("R8 R17 the same user is enough in a cluster")
    void isEnoughInACluster() {
        try (RedisCluster redis = RedisCluster.started()) {
            createUser(redis);
            doEverything(asUser(redis.uri()));

            assertThat(redis.masters())
                    .allSatisfy(master -> assertThat(denied(master)).isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-evalsha", "-zadd", "resetkeys ~mr:*"})
    @DisplayName("R8 without one of its parts: one clear warning that names the text, local mode")
    void everyPartIsNeeded(String missing) {
        try (Logs logs = Logs.from(Level.WARN);
                RedisServer redis = RedisServer.started()) {
            createUser(redis);
            redis.as("another", ("ACL SETUSER mailrouter " + missing).split(" "));
            try (RedisFleet node = Nodes.at(asUser(redis.uri())).build()) {
                await().atMost(LONG)
                        .until(() -> !logs.ofFleet(Level.WARN, redis).isEmpty());

                assertThat(logs.ofFleet(Level.WARN, redis))
                        .singleElement()
                        .asString()
                        .contains("NOPERM", "acl-user.txt");
                assertThat(node.snapshot().connected()).isFalse();
            }
            assertThat(denied(redis)).isNotEmpty();
        }
    }
}
