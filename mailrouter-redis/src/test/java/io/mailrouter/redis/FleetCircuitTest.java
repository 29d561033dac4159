package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.testkit.FaultProxy;
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
        return attempts(nodes);
    }

    private static int attempts(List<FleetNode> some) {
        return some.stream().mapToInt(FleetNode::attempts).sum();
    }

    /** Lets emails come to every node, one after the other, until something holds. */
    private void sendUntil(BooleanSupplier holds) {
        sendUntil(nodes, holds);
    }

    private static void sendUntil(List<FleetNode> some, BooleanSupplier holds) {
        Awaitility.await()
                .atMost(FleetNode.LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    some.forEach(FleetNode::send);
                    return holds.getAsBoolean();
                });
    }

    /** Sends nothing more once a trial has passed: the others may hear of it at any moment. */
    private void sendUntilTheFirstIsBack() {
        Awaitility.await()
                .atMost(FleetNode.LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> nodes.stream().anyMatch(node -> {
                    node.send();
                    return node.isIn(HealthState.UP);
                }));
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
        assertThat(took).isLessThan(10_000);
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
        await(() -> !redis.call("HGET", state(), "evidence").equals("(nil)"));
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
        sendUntilTheFirstIsBack();

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
        sendUntil(() -> System.nanoTime() - begun > Duration.ofSeconds(4).toNanos() && attempts() > before);
        int paid = attempts() - before;
        System.out.println("fleet circuit: " + paid + " attempts of 10 nodes in 4 s of an outage");

        // Left alone for 0.4 to 0.8 s, then twice as long, then up to 3 s.
        // Ten nodes by themselves would pay ten times as much; a busy machine takes longer than 4 s.
        assertThat(paid).isBetween(1, 15);
    }

    @Test
    @DisplayName("a prober that dies with the lease keeps nobody out: another tries when its time is over")
    void survivesItsProber() {
        for (int i = 0; i < 3; i++) {
            nodes.add(new FleetNode(redis.uri(), namespace, settings -> settings.trial(2, Duration.ofSeconds(1))));
        }
        nodes.forEach(FleetNode::awaitConnected);
        openByTwo();
        nodes.forEach(node -> node.ses.hangs());
        sendUntilSomeoneTries();
        FleetNode prober = nodes.stream()
                .filter(node -> node.isIn(HealthState.DEGRADED))
                .findFirst()
                .orElseThrow();
        prober.fleet.close();
        nodes.remove(prober);
        nodes.forEach(node -> node.ses.accepts());
        long died = System.nanoTime();
        sendUntil(() -> nodes.stream().allMatch(node -> node.isIn(HealthState.UP)));

        assertThat(attempts(nodes)).as("the trial of the second one").isGreaterThanOrEqualTo(2);
        System.out.println("fleet circuit: closed "
                + Duration.ofNanos(System.nanoTime() - died).toMillis()
                + " ms after the death of the prober, whose lease was 1 s");
        prober.ses.close();
        prober.close();
    }

    /** The email that tries hangs, so each is sent on a thread of its own. */
    private void sendUntilSomeoneTries() {
        Awaitility.await()
                .atMost(FleetNode.LONG)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    nodes.forEach(FleetNode::sendAside);
                    return nodes.stream().anyMatch(node -> node.isIn(HealthState.DEGRADED));
                });
    }

    @Test
    @DisplayName(
            "R6 FLUSHALL closes nothing: the nodes tell it again, and a later node leaves the provider alone as well")
    void aWipeClosesNothing() {
        fleetOf(3);
        openByTwo();
        FleetCircuit before = nodes.get(0).fleet.snapshot().circuits().get("ses");
        redis.call("FLUSHALL");
        await(() -> String.valueOf(redis.call("HGET", state(), "circuit")).startsWith("1 " + before.epoch() + " open"));
        assertThat(nodes).allMatch(node -> node.hears(FleetCircuit.State.OPEN));
        assertThat(nodes).noneMatch(node -> node.isIn(HealthState.UP));

        FleetNode late = node().awaitConnected();
        assertThat(late.isIn(HealthState.DOWN)).isTrue();
        nodes.forEach(node -> node.ses.accepts());
        sendUntil(() -> nodes.stream().allMatch(node -> node.isIn(HealthState.UP)));
    }

    @Test
    @DisplayName("R2 R6 a Redis that starts again without its data finds the circuit as the nodes know it")
    void aRestartClosesNothing() {
        try (RedisServer own = RedisServer.started()) {
            for (int i = 0; i < 2; i++) {
                node(own.uri()).awaitConnected();
            }
            openByTwo();
            own.kill();
            own.start();
            await(() -> String.valueOf(own.call("HGET", state(), "circuit")).startsWith("1 "));
            nodes.forEach(node -> node.ses.accepts());
            sendUntil(() -> nodes.stream().allMatch(node -> node.isIn(HealthState.UP)));
            nodes.forEach(FleetNode::close);
            nodes.clear();
        }
    }

    @Test
    @DisplayName("without Redis each node tries by itself when the time is over, as it does without a fleet")
    void goesOnWithoutRedis() {
        RedisServer own = RedisServer.started();
        try (own) {
            for (int i = 0; i < 2; i++) {
                node(own.uri()).awaitConnected();
            }
            openByTwo();
            own.kill();
            nodes.forEach(node -> node.ses.accepts());
            sendUntil(() -> nodes.stream().allMatch(node -> node.isIn(HealthState.UP)));
            nodes.forEach(FleetNode::close);
            nodes.clear();
        }
    }

    @Test
    @DisplayName("R13 a half that was cut off follows what the other has decided, within a refresh, once")
    void halvesConverge() throws Exception {
        try (FaultProxy proxy = FaultProxy.before(redis.port(), 11L)) {
            FleetNode a = node(proxy.url("redis").toString());
            FleetNode b = node(proxy.url("redis").toString());
            FleetNode c = node();
            FleetNode d = node();
            nodes.forEach(FleetNode::awaitConnected);
            proxy.lose(1);
            await(() -> !a.fleet.snapshot().connected() && !b.fleet.snapshot().connected());
            c.trip();
            d.trip();
            await(() -> c.hears(FleetCircuit.State.OPEN) && d.hears(FleetCircuit.State.OPEN));
            a.send();
            assertThat(a.isIn(HealthState.UP))
                    .as("cut off, it goes by what it knows")
                    .isTrue();
            a.trip();
            assertThat(a.status().scope()).isEqualTo(HealthScope.NODE);
            nodes.forEach(node -> node.ses.accepts());
            for (FleetNode node : List.of(c, d)) {
                sendUntil(List.of(c, d), () -> node.isIn(HealthState.UP));
            }
            proxy.lose(0);
            await(() -> a.hears(FleetCircuit.State.CLOSED) && b.hears(FleetCircuit.State.CLOSED));

            assertThat(b.isIn(HealthState.UP)).isTrue();
            sendUntil(() -> a.isIn(HealthState.UP));
            int changes = changes();
            nodes.forEach(node -> node.awaitExchanges(5));
            nodes.forEach(FleetNode::send);
            assertThat(changes()).as("no flapping").isEqualTo(changes);
            assertThat(c.events.stream().filter(FleetCircuitTest::isDown)).hasSize(1);
        }
    }

    private static boolean isDown(EmailEvent event) {
        return event instanceof EmailEvent.ProviderStateChanged change
                && change.to().equals("down");
    }

    private int changes() {
        return (int) nodes.stream()
                .flatMap(node -> node.events.stream())
                .filter(EmailEvent.ProviderStateChanged.class::isInstance)
                .count();
    }

    @Test
    void anOperatorWhoBeginsAnewDoesSoOnEveryNode() {
        fleetOf(3);
        openByTwo();
        nodes.forEach(node -> node.ses.accepts());
        nodes.get(2).emails.operations().reset("ses", "all is well");
        assertThat(nodes.get(2).isIn(HealthState.UP)).isTrue();
        nodes.forEach(node -> node.await(HealthState.UP));

        int before = attempts();
        nodes.forEach(FleetNode::send);
        assertThat(attempts() - before).as("without a ramp").isEqualTo(3);
        assertThat(nodes).allMatch(node -> node.hears(FleetCircuit.State.RESET));
    }

    @Test
    @DisplayName("R17 on a Cluster a circuit opens, closes and is begun anew as on a single server")
    void worksOnACluster() {
        try (RedisCluster cluster = RedisCluster.started()) {
            for (int i = 0; i < 2; i++) {
                node(cluster.uri()).awaitConnected();
            }
            openByTwo();
            nodes.forEach(node -> node.ses.accepts());
            sendUntil(() -> nodes.stream().allMatch(node -> node.isIn(HealthState.UP)));
            assertThat(nodes).allMatch(node -> node.hears(FleetCircuit.State.CLOSED));
            nodes.get(0).emails.operations().reset("ses", "all is well");
            await(() -> nodes.get(1).hears(FleetCircuit.State.RESET));
            nodes.forEach(FleetNode::close);
            nodes.clear();
        }
    }

    @Test
    @DisplayName("R11 garbage at the circuit and the hold is ignored and counted, and opens nothing")
    void garbageOpensNothing() {
        redis.call("HSET", state(), "circuit", "1 5 open forever", "hold", "1 1 99999999999999 throttled x");
        FleetNode a = node().awaitConnected();
        long ignored = a.fleet.ignored();
        a.awaitExchanges(2);

        assertThat(a.fleet.ignored()).isGreaterThan(ignored);
        assertThat(a.isIn(HealthState.UP)).isTrue();
        assertThat(a.fleet.snapshot().circuits()).isEmpty();
        assertThat(a.fleet.snapshot().holds()).isEmpty();
    }

    private String state() {
        return "{mr:" + namespace + "}:p:ses:st";
    }
}
