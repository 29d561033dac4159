package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.limit.Hold;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What a provider asks of one node is kept by all: real services, each with a connection of its own. */
class FleetHoldTest {

    private static final Outcome REFUSED_KEY = new Outcome.Misconfigured("unauthorized", "", Outcome.Scope.ACCOUNT);
    private static RedisServer redis;

    private final List<FleetNode> nodes = new ArrayList<>();
    private String namespace = "";

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void name(TestInfo test) {
        namespace = test.getTestMethod().orElseThrow().getName();
        for (int i = 0; i < 3; i++) {
            nodes.add(new FleetNode(redis.uri(), namespace).awaitConnected());
        }
    }

    @AfterEach
    void close() {
        nodes.forEach(FleetNode::close);
    }

    private FleetNode node(int number) {
        return nodes.get(number);
    }

    @Test
    @DisplayName("P14 one 401 holds the provider for the whole fleet, with one alert on each node and no hammering")
    void oneWrongKeyIsEnough() {
        nodes.forEach(node -> node.ses.answers(REFUSED_KEY));
        node(0).send();
        nodes.forEach(node -> node.await(HealthState.MISCONFIGURED));
        for (int i = 0; i < 20; i++) {
            nodes.forEach(FleetNode::send);
        }

        assertThat(nodes.stream().mapToInt(FleetNode::attempts).sum()).isEqualTo(1);
        assertThat(node(0).status().scope()).isEqualTo(HealthScope.NODE);
        assertThat(node(2).status().scope()).isEqualTo(HealthScope.FLEET);
        assertThat(node(2).status().reason()).isEqualTo("unauthorized");
        assertThat(node(2).status().holds()).singleElement().satisfies(hold -> {
            assertThat(hold.heard()).isTrue();
            assertThat(Duration.between(Instant.now(), hold.until()))
                    .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5).plusSeconds(4));
        });
        assertThat(nodes).allSatisfy(node -> {
            node.awaitExchanges(2);
            node.send();
            org.awaitility.Awaitility.await()
                    .atMost(FleetNode.LONG)
                    .untilAsserted(() -> assertThat(node.events.stream().filter(EmailEvent.HoldBegan.class::isInstance))
                            .hasSize(1));
        });
    }

    @Test
    void aPauseEndsEverywhereAtTheSameTime() {
        node(1).ses.answers(new Outcome.Throttled("too_many_requests", "", Optional.of(Duration.ofSeconds(5))));
        long begun = System.nanoTime();
        node(1).send();
        node(2).await(HealthState.THROTTLED);
        assertThat(node(2).status().holds())
                .singleElement()
                .extracting(Hold::kind)
                .isEqualTo(Hold.Kind.THROTTLED);
        nodes.forEach(node -> node.ses.accepts());
        node(2).send();
        assertThat(node(2).attempts()).isZero();
        node(2).await(HealthState.UP);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(4_900));
        node(2).send();
        assertThat(node(2).attempts()).isEqualTo(1);
    }

    @Test
    @DisplayName("R6 FLUSHALL ends no hold, and whoever was asked tells it again")
    void aWipeEndsNoHold() {
        node(0).ses.answers(new Outcome.QuotaExhausted("daily_quota", ""));
        node(0).send();
        nodes.forEach(node -> node.await(HealthState.QUOTA_EXHAUSTED));
        redis.call("FLUSHALL");
        FleetNode late = new FleetNode(redis.uri(), namespace).awaitConnected();
        nodes.add(late);
        late.await(HealthState.QUOTA_EXHAUSTED);

        assertThat(nodes).allMatch(node -> node.isIn(HealthState.QUOTA_EXHAUSTED));
    }

    @Test
    void anOperatorWhoBeginsAnewEndsTheHoldsOfEveryNode() {
        node(0).ses.answers(REFUSED_KEY);
        node(0).send();
        nodes.forEach(node -> node.await(HealthState.MISCONFIGURED));
        nodes.forEach(node -> node.ses.accepts());
        node(1).emails.operations().reset("ses", "the key is right now");
        assertThat(node(1).isIn(HealthState.UP)).isTrue();
        nodes.forEach(node -> node.await(HealthState.UP));

        nodes.forEach(node -> node.awaitExchanges(3));
        assertThat(nodes).as("nobody tells it again").allMatch(node -> node.isIn(HealthState.UP));
    }

    @Test
    void whatIsWrongForOneSendersDomainIsToldToNobody() {
        node(0).ses.answers(new Outcome.Misconfigured("domain_not_verified", "", Outcome.Scope.SENDER));
        node(0).send();
        assertThat(node(0).isIn(HealthState.DEGRADED)).isTrue();
        nodes.forEach(node -> node.awaitExchanges(3));

        assertThat(node(1).isIn(HealthState.UP)).isTrue();
        assertThat(redis.call("HGET", "{mr:" + namespace + "}:p:ses:st", "hold"))
                .isEqualTo("(nil)");
    }
}
