package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Services that leave a provider alone together and come back together, each with a connection of its own. */
class FleetCircuitTest {

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
    }

    @AfterEach
    void close() {
        nodes.forEach(FleetNode::close);
    }

    private FleetNode node() {
        return node(redis.uri());
    }

    private FleetNode node(String uri) {
        FleetNode node = new FleetNode(uri, namespace);
        nodes.add(node);
        return node;
    }

    private List<FleetNode> fleetOf(int size) {
        for (int i = 0; i < size; i++) {
            node();
        }
        nodes.forEach(FleetNode::awaitConnected);
        return nodes;
    }

    private static void await(BooleanSupplier holds) {
        Awaitility.await()
                .atMost(FleetNode.LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(holds::getAsBoolean);
    }

    private int attempts() {
        return nodes.stream().mapToInt(FleetNode::attempts).sum();
    }

    /** Lets emails come to every node, one after the other, until something holds. */
    private void sendUntil(BooleanSupplier holds) {
        Awaitility.await()
                .atMost(FleetNode.LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    nodes.forEach(FleetNode::send);
                    return holds.getAsBoolean();
                });
    }

    private void openByTwo() {
        nodes.get(0).trip();
        nodes.get(1).trip();
        nodes.forEach(node -> node.ses.answers(FleetNode.REFUSED));
        nodes.forEach(node -> await(() -> node.hears(FleetCircuit.State.OPEN)));
    }

    @Test
    @DisplayName("two nodes that have seen failures open the circuit for ten, within two exchanges")
    void opensEverywhere() {
        fleetOf(10);
        nodes.get(0).trip();
        nodes.get(1).trip();
        long opened = System.nanoTime();
        for (FleetNode node : nodes) {
            node.await(HealthState.DOWN);
        }
        long took = Duration.ofNanos(System.nanoTime() - opened).toMillis();
        System.out.println("fleet circuit: known to 10 nodes after " + took + " ms, exchanges every 100 ms +-20 %");

        // Two exchanges are promised, at most 240 ms; the rest is for a machine that is busy.
        assertThat(took).isLessThan(2_000);
        assertThat(nodes.get(9).attempts()).as("one that has not failed itself").isZero();
        assertThat(nodes.get(9).status().scope()).isEqualTo(HealthScope.FLEET);
        assertThat(nodes.get(9).status().reason()).contains("fleet").contains("2 nodes");
        assertThat(nodes.get(9).status().until()).isPresent();
        await(() -> nodes.get(9).events.stream()
                .anyMatch(event -> event instanceof EmailEvent.ProviderStateChanged change
                        && change.to().equals("down")));
    }

    @Test
    void whatOneNodeHasSeenOpensItsOwnBreakerOnly() {
        fleetOf(3);
        FleetNode broken = nodes.get(0);
        broken.trip();
        assertThat(broken.isIn(HealthState.DOWN)).isTrue();
        assertThat(broken.status().scope()).isEqualTo(HealthScope.NODE);
        await(() -> !redis.call("HGET", "{mr:" + namespace + "}:p:ses:st", "evidence")
                .equals("(nil)"));
        nodes.forEach(node -> node.awaitExchanges(3));

        nodes.subList(1, 3).forEach(node -> {
            node.send();
            assertThat(node.isIn(HealthState.UP)).isTrue();
            assertThat(node.attempts()).isEqualTo(1);
        });
        sendUntil(() -> broken.attempts() >= 4);
        assertThat(broken.fleet.snapshot().circuits())
                .as("it tries again by itself")
                .isEmpty();
    }

    @Test
    @DisplayName("P23 X10 after the outage of ten nodes the whole fleet makes no more attempts than one trial permits")
    void triesOnceForTheFleet() {
        fleetOf(10);
        openByTwo();
        int before = attempts();
        nodes.forEach(node -> node.ses.accepts());
        long epoch = nodes.get(0).fleet.snapshot().circuits().get("ses").epoch();
        sendUntil(() -> nodes.stream().anyMatch(node -> node.isIn(HealthState.UP)));

        assertThat(attempts() - before).as("attempts until it is closed").isEqualTo(2);
        nodes.forEach(node -> node.await(HealthState.UP));
        assertThat(nodes.get(0).fleet.snapshot().circuits().get("ses").epoch()).isGreaterThan(epoch);
        int closed = attempts();
        for (int i = 0; i < 20; i++) {
            nodes.forEach(FleetNode::send);
        }
        assertThat(attempts() - closed).as("of 200 emails, on the ramp").isBetween(1, 80);
    }

    @Test
    @DisplayName("P22 P23 while the outage lasts one email at a time pays for ten nodes, ever more seldom")
    void anOutageCostsTheFleetFew() {
        fleetOf(10);
        openByTwo();
        int before = attempts();
        long begun = System.nanoTime();
        sendUntil(() -> System.nanoTime() - begun > Duration.ofSeconds(4).toNanos());
        int paid = attempts() - before;
        System.out.println("fleet circuit: " + paid + " attempts of 10 nodes in 4 s of an outage");

        // Left alone for 0.4 to 0.8 s, then twice as long, then up to 3 s.
        assertThat(paid).isBetween(1, 6);
    }
}
