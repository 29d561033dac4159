package io.mailrouter;

import static io.mailrouter.SimulatedProvider.failingFast;
import static io.mailrouter.SimulatedProvider.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.SimulationReport.Figure;
import io.mailrouter.route.Routing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Scenarios of fleets on a virtual clock, with figures; their pictures stand in docs/simulation. */
class SimulationTest {

    private static final SimulationReport REPORT = new SimulationReport();
    private static final Duration FAST = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofMillis(150);
    private static final Duration THIRD = Duration.ofMillis(300);
    private static final Consumer<EmailServiceBuilder> NO_BREAKER =
            b -> b.breaker(s -> s.window(10_000, 10_000).consecutiveFailures(10_000));

    @AfterAll
    static void writePage() throws IOException {
        REPORT.write(1);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    /** The best provider becomes ten times slower after a minute, fails fast after two, and is well again after three. */
    private static SimulationRun slowThenFailing(Supplier<Routing> strategy) {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(300))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), within(FAST.multipliedBy(10)))
                        .from(s(120), failingFast())
                        .from(s(180), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .provider(new SimulatedProvider("third", world, within(THIRD)))
                .routing(strategy);
    }

    @Test
    void leavesAProviderThatBecomesSlowAndThenFails() throws Exception {
        SimulationRun plain = slowThenFailing(Routing::inOrder).with(NO_BREAKER).run(10, 20);
        SimulationRun inOrder = slowThenFailing(Routing::inOrder).run(10, 20);
        SimulationRun routed = slowThenFailing(Routing::inOrder).sharing().run(10, 20);

        long plainFailing = plain.attempts(s(120), s(180), SimulationRun.Tried::failed);
        long failing = routed.attempts(s(0), s(300), SimulationRun.Tried::failed);
        List<Figure> figures = List.of(
                new Figure("failing attempts in order, without a breaker", Long.toString(plainFailing), "12000"),
                new Figure(
                        "failing attempts in order",
                        Long.toString(inOrder.attempts(s(0), s(300), SimulationRun.Tried::failed)),
                        ""),
                new Figure("failing attempts", Long.toString(failing), "<= 100"),
                new Figure(
                        "p99 in the brown-out",
                        routed.p99(s(60), s(120)) + " ms",
                        "<= 0.4 x " + inOrder.p99(s(60), s(120)) + " ms"));
        REPORT.add(
                "1-slow-then-failing",
                "Best of three providers 10 x slower, then failing; 10 nodes, 20 sends/s each",
                figures,
                new SimulationChart(routed)
                        .comparedWith("in order", inOrder)
                        .mark(s(60), "10 x slower")
                        .mark(s(120), "failing fast")
                        .mark(s(180), "well again"));

        assertThat(plainFailing).isEqualTo(12_000);
    }
}
