package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.ProviderStatus;
import io.mailrouter.Skipped;
import io.mailrouter.email.Email;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults;
import io.mailrouter.testkit.RecordingProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator orders on one node, obeyed by all: real services, each with a connection of its own. */
class FleetOrderTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

    /** Two seconds are promised; the rest is for a machine that is busy, and is less than any order here lasts. */
    private static final Duration SOON = Duration.ofSeconds(14);

    private static final String STATE = "{mr:default}:p:ses:st";

    private final RedisServer redis = RedisServer.started();
    private final List<Node> nodes = new ArrayList<>();

    /** A service with its providers. */
    private record Node(EmailService emails, RedisFleet fleet, RecordingProvider ses) {

        void send() {
            emails.send(Email.builder()
                    .from("shop@example.com")
                    .to("ada@example.org")
                    .text("hello")
                    .build());
        }

        ProviderStatus status() {
            return emails.providers().get(0);
        }

        boolean isIn(HealthState state) {
            return status().state() == state;
        }
    }

    private Node node() {
        return node(redis.uri());
    }

    private Node node(String uri) {
        return node(
                RedisFleet.builder().uri(uri).syncEvery(Duration.ofMillis(200)).build());
    }

    private Node node(RedisFleet fleet) {
        RecordingProvider ses = RecordingProvider.named("ses");
        EmailServiceBuilder builder = EmailService.builder()
                .provider(ses)
                .provider(RecordingProvider.named("sendgrid"))
                .routing(Routing.inOrder())
                .fleet(fleet);
        Node node = new Node(builder.build(), fleet, ses);
        nodes.add(node);
        return node;
    }

    private Logs logs;

    @BeforeEach
    void listen() {
        logs = Logs.from(Level.WARN);
    }

    @AfterEach
    void stop() {
        nodes.forEach(node -> node.emails.close());
        redis.close();
        logs.close();
    }

    private static void awaitConnected(Node... nodes) {
        for (Node node : nodes) {
            Awaitility.await()
                    .atMost(LONG)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> node.fleet.snapshot().connected());
        }
    }

    private static void await(HealthState state, Duration atMost, Node... nodes) {
        for (Node node : nodes) {
            Awaitility.await()
                    .atMost(atMost)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> node.isIn(state));
        }
    }

    @Test
    @DisplayName("T13 kill switch: 0 new attempts within 2 s on every node, with the reason, and it ends everywhere")
    void stopsAProviderEverywhere() {
        Node a = node(RedisFleet.connect(redis.uri()));
        Node b = node(RedisFleet.connect(redis.uri()));
        Node c = node(RedisFleet.connect(redis.uri()));
        awaitConnected(a, b, c);
        List.of(a, b, c).forEach(Node::send);
        a.emails.operations().disable("ses", "incident 42 – Störung", Duration.ofSeconds(15));
        long ordered = System.nanoTime();
        a.send();
        assertThat(a.ses.attempted()).as("at once where it was ordered").hasSize(1);
        await(HealthState.DISABLED, SOON, b, c);

        List.of(b, c).forEach(Node::send);
        assertThat(List.of(a, b, c)).allSatisfy(node -> {
            assertThat(node.ses.attempted()).hasSize(1);
            assertThat(node.status().reason()).isEqualTo("incident 42 – Störung");
            assertThat(node.status().until()).isPresent();
        });
        assertThat(Duration.between(
                                a.status().until().orElseThrow(),
                                c.status().until().orElseThrow())
                        .abs())
                .isLessThan(Duration.ofSeconds(2));
        await(HealthState.UP, LONG, a, b, c);
        assertThat(Duration.ofNanos(System.nanoTime() - ordered)).isGreaterThan(Duration.ofMillis(14_900));
        List.of(a, b, c).forEach(Node::send);
        assertThat(List.of(a, b, c))
                .allSatisfy(node -> assertThat(node.ses.attempted()).hasSize(2));
    }

    @Test
    @DisplayName("T13 enable, forced open and another weight reach every node, and the last order counts")
    void everyOrderTravels() {
        Node a = node();
        Node b = node();
        awaitConnected(a, b);
        a.emails.operations().forceOpen("ses", "brown-out", HALF_AN_HOUR);
        a.emails.operations().weight("sendgrid", 0.25, "bounces", HALF_AN_HOUR);
        await(HealthState.DOWN, SOON, b);
        assertThat(b.status().reason()).isEqualTo("forced open: brown-out");
        Awaitility.await().atMost(SOON).until(() -> b.emails.providers().get(1).weight() == 0.25);

        b.emails.operations().disable("ses", "worse", HALF_AN_HOUR);
        await(HealthState.DISABLED, SOON, a);
        b.emails.operations().enable("ses");
        await(HealthState.UP, SOON, a);
        b.emails.operations().reset("sendgrid", "all is well");
        Awaitility.await().atMost(SOON).until(() -> a.emails.providers().get(1).weight() == 1);
        assertThat(a.status().orders()).isEmpty();
    }

    @Test
    @DisplayName("T13 a node that starts later obeys from its first exchange on")
    void aLaterNodeObeys() {
        Node a = node();
        awaitConnected(a);
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        Awaitility.await()
                .atMost(LONG)
                .until(() -> !redis.call("HGET", STATE, "use").equals("(nil)"));

        Node late = node();
        await(HealthState.DISABLED, LONG, late);
        assertThat(late.status().orders())
                .singleElement()
                .extracting(StandingOrder::reason)
                .isEqualTo("incident 42");
    }

    @Test
    @DisplayName(
            "R1 T13 an order counts at once without Redis, and everywhere when Redis comes, with the time it has left")
    void anOrderWaitsForRedis() {
        redis.kill();
        Node a = node();
        Node b = node();
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        assertThat(a.isIn(HealthState.DISABLED)).isTrue();
        assertThat(b.isIn(HealthState.UP)).isTrue();

        redis.start();
        await(HealthState.DISABLED, LONG, b);
        assertThat(Duration.between(
                                a.status().until().orElseThrow(),
                                b.status().until().orElseThrow())
                        .abs())
                .isLessThan(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R13 an order from before does not undo one that was given elsewhere while its node was cut off")
    void theLaterOrderCounts(boolean readByRedis) throws Exception {
        try (FaultProxy proxy = FaultProxy.before(redis.port(), 7L)) {
            Node a = node(proxy.url("redis").toString());
            Node b = node();
            awaitConnected(a, b);
            if (!readByRedis) {
                proxy.connections().forEach(Faults::swallow);
            }
            proxy.lose(1);
            a.emails.operations().disable("ses", "older", HALF_AN_HOUR);
            Awaitility.await().atMost(LONG).until(() -> a.fleet.snapshot().age().toMillis() > 6_000);
            assertThat(b.isIn(HealthState.DISABLED)).isEqualTo(readByRedis);
            b.emails.operations().enable("ses");
            Awaitility.await()
                    .atMost(LONG)
                    .until(() ->
                            String.valueOf(redis.call("HGET", STATE, "use")).contains(" enabled "));
            proxy.lose(0);

            await(HealthState.UP, LONG, a);
            assertThat(b.isIn(HealthState.UP)).isTrue();
        }
    }

    @Test
    @DisplayName("R6 FLUSHALL switches nothing on again, on no node, and later nodes obey all the same")
    void aWipeEndsNoOrder() {
        Node a = node();
        Node b = node();
        awaitConnected(a, b);
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        await(HealthState.DISABLED, SOON, b);
        Object before = redis.call("HGET", STATE, "use");
        redis.call("FLUSHALL");
        Awaitility.await()
                .atMost(LONG)
                .until(() -> !redis.call("HGET", STATE, "use").equals("(nil)"));

        assertThat(String.valueOf(redis.call("HGET", STATE, "use")).split(" ")[1])
                .as("told again with its own epoch")
                .isEqualTo(String.valueOf(before).split(" ")[1]);
        assertThat(a.isIn(HealthState.DISABLED)).isTrue();
        assertThat(b.isIn(HealthState.DISABLED)).isTrue();
        Node late = node();
        await(HealthState.DISABLED, LONG, late);
        b.emails.operations().enable("ses");
        await(HealthState.UP, SOON, a, late);
    }

    @Test
    @DisplayName("R11 garbage at the operator's switch is ignored, counted and replaced by the next order")
    void garbageSwitchesNothingOff() {
        redis.call("HSET", STATE, "use", "1 12 99 disabled by somebody else", "weight", "\u0001\u0002");
        Node a = node();
        Awaitility.await().atMost(LONG).until(() -> a.fleet.ignored() >= 1);
        assertThat(a.isIn(HealthState.UP)).isTrue();
        redis.call("HSET", STATE, "use", "1 99 99999999999999 disabled far too long", "weight", "1 9 9 weight=x y");
        long ignored = a.fleet.ignored();
        Awaitility.await().atMost(LONG).until(() -> a.fleet.ignored() >= ignored + 2);
        assertThat(a.isIn(HealthState.UP)).isTrue();
        assertThat(a.status().weight()).isEqualTo(1);

        Node b = node();
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        await(HealthState.DISABLED, LONG, b);
        assertThat(logs.ofFleet(Level.WARN, redis))
                .anyMatch(line -> line.contains(STATE))
                .noneMatch(line -> line.contains("somebody else"));
    }

    @Test
    @DisplayName("R11 what a newer version keeps at the switch, or another type, is left alone; an order counts here")
    void leavesWhatIsNotOursAlone() {
        String newer = "2 17 something else altogether";
        redis.call("HSET", STATE, "use", newer);
        redis.call("SET", "{mr:default}:p:sendgrid:st", "no hash");
        Node a = node();
        awaitConnected(a);
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        a.emails.operations().weight("sendgrid", 2, "more", HALF_AN_HOUR);
        long ignored = a.fleet.ignored();
        Awaitility.await().atMost(LONG).until(() -> a.fleet.ignored() >= ignored + 4);

        assertThat(a.isIn(HealthState.DISABLED)).isTrue();
        assertThat(a.emails.providers().get(1).weight()).isEqualTo(2);
        assertThat(redis.call("HGET", STATE, "use")).isEqualTo(newer);
        assertThat(a.fleet.snapshot().connected()).isTrue();
    }

    @Test
    void anOrderThatCannotBeToldCostsNoMoreExchanges() {
        redis.call("HSET", STATE, "use", "2 17 something else altogether");
        Node a = node(RedisFleet.builder()
                .uri(redis.uri())
                .timeout(Duration.ofSeconds(5))
                .build());
        awaitConnected(a);
        a.emails.operations().disable("ses", "incident 42", HALF_AN_HOUR);
        long began = System.nanoTime();
        redis.call("CONFIG", "RESETSTAT");
        Awaitility.await().atMost(LONG).until(() -> redis.received("evalsha") >= 3);

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1_500));
    }

    @Test
    @DisplayName("R15 an order that the store reads late or twice undoes no later one")
    void anOrderIsReadOnce() {
        Node a = node();
        Node b = node();
        awaitConnected(a, b);
        a.emails.operations().disable("ses", "first", HALF_AN_HOUR);
        await(HealthState.DISABLED, SOON, b);
        redis.call("CLIENT", "PAUSE", "1000", "ALL");
        b.emails.operations().enable("ses");
        // Until its node knows that it was read it is told again, and of two new orders the one that comes last counts.
        Awaitility.await()
                .atMost(LONG)
                .until(() -> String.valueOf(redis.call("HGET", STATE, "use")).contains(" enabled ")
                        && b.fleet.snapshot().connected());
        a.emails.operations().disable("ses", "last", HALF_AN_HOUR);

        Awaitility.await()
                .atMost(LONG)
                .until(() -> b.status().reason().equals("last")
                        && a.status().reason().equals("last"));
        String at = String.valueOf(redis.call("HGET", STATE, "use"));
        long seen = a.fleet.snapshot().takenAt();
        Awaitility.await()
                .atMost(LONG)
                .until(() -> a.fleet.snapshot().takenAt() - seen
                        > Duration.ofSeconds(3).toNanos());
        assertThat(redis.call("HGET", STATE, "use")).isEqualTo(at);
    }

    @Test
    void anOrderThatIsGivenJustBeforeTheCloseIsToldAllTheSame() {
        Node a = node();
        awaitConnected(a);
        a.emails.operations().disable("ses", "going home", HALF_AN_HOUR);
        a.emails.close();

        assertThat(String.valueOf(redis.call("HGET", STATE, "use"))).endsWith("disabled going home");
        assertThat((Long) redis.call("TTL", STATE)).isBetween(1L, 8 * 86_400L);
    }

    @Test
    void whoWasDisabledByItsOwnConfigurationStaysSoWhateverOthersOrder() {
        RecordingProvider ses = RecordingProvider.named("ses");
        RedisFleet fleet = RedisFleet.connect(redis.uri());
        Node a = node();
        try (EmailService emails = EmailService.builder()
                .provider(ses)
                .provider(RecordingProvider.named("sendgrid"))
                .disabled("ses")
                .fleet(fleet)
                .build()) {
            awaitConnected(a);
            Awaitility.await().atMost(LONG).until(() -> fleet.snapshot().connected());
            a.emails.operations().weight("ses", 2, "more", HALF_AN_HOUR);
            a.emails.operations().enable("ses");
            Awaitility.await()
                    .atMost(LONG)
                    .until(() -> emails.providers().get(0).weight() == 2
                            && fleet.snapshot().orders().get("ses").stream()
                                    .map(Order::kind)
                                    .anyMatch(Order.Kind.ENABLED::equals));

            assertThat(emails.providers().get(0).reason()).isEqualTo("configured");
            assertThat(a.status().state()).isEqualTo(HealthState.UP);
            assertThat(emails.route(Email.builder()
                                    .from("shop@example.com")
                                    .to("ada@example.org")
                                    .text("hello")
                                    .build())
                            .skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.DISABLED);
            assertThat(fleet.snapshot().orders()).isNotEqualTo(Map.of());
        }
    }
}
