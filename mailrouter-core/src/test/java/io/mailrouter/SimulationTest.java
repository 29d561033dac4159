package io.mailrouter;

import static io.mailrouter.SimulatedProvider.failingFast;
import static io.mailrouter.SimulatedProvider.flaky;
import static io.mailrouter.SimulatedProvider.throttling;
import static io.mailrouter.SimulatedProvider.within;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.mailrouter.SimulationReport.Figure;
import io.mailrouter.SimulationRun.Sent;
import io.mailrouter.SimulationRun.Tried;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.route.Routing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Scenarios of fleets on a virtual clock, with figures; their pictures stand in docs/simulation. */
class SimulationTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(EmailService.class);
    private static final SimulationReport REPORT = new SimulationReport();
    private static final Duration FAST = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofMillis(150);
    private static final Duration THIRD = Duration.ofMillis(300);
    private static final Duration EVERY_50_MS = Duration.ofMillis(50);
    private static final Consumer<EmailServiceBuilder> NO_BREAKER =
            b -> b.breaker(s -> s.window(10_000, 10_000).consecutiveFailures(10_000));

    @BeforeAll
    static void beQuiet() {
        LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void speakAgain() {
        LOG.setLevel(null);
    }

    @AfterAll
    static void writePage() throws IOException {
        REPORT.write(1);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Figure figure(String what, Object value, String goal) {
        return new Figure(what, value.toString(), goal);
    }

    private static Figure figure(String what, Object value) {
        return figure(what, value, "");
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

    private static SimulationChart slowThenFailing(SimulationRun run, SimulationRun inOrder) {
        return new SimulationChart(run)
                .comparedWith("in order", inOrder)
                .mark(s(60), "10 x slower")
                .mark(s(120), "failing fast")
                .mark(s(180), "well again");
    }

    @Test
    void leavesAProviderThatBecomesSlowAndThenFails() throws Exception {
        Simulation world = new Simulation();
        SimulationRun plain = new SimulationRun(world, s(60))
                .provider(new SimulatedProvider("best", world, failingFast()))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .routing(Routing::inOrder)
                .with(NO_BREAKER)
                .run(10, EVERY_50_MS);
        SimulationRun inOrder = slowThenFailing(Routing::inOrder).run(10, EVERY_50_MS);
        SimulationRun routed = slowThenFailing(Routing::latencyAware).sharing().run(10, EVERY_50_MS);
        SimulationRun exploring = slowThenFailing(Routing::latencyAware)
                .with(b -> b.onAmbiguity(Ambiguity.RESEND_OTHER))
                .sharing()
                .run(10, EVERY_50_MS);

        long plainFailing = plain.attempts(s(0), s(60), Tried::failed);
        long failing = routed.attempts(s(0), s(300), Tried::failed);
        long slowP99 = inOrder.p99(s(60), s(120));
        long p99 = routed.p99(s(60), s(120));
        REPORT.add(
                "1-slow-then-failing",
                "Best of three providers 10 x slower, then failing; 10 nodes, 20 sends/s each",
                List.of(
                        figure("failing attempts in order, without a breaker", plainFailing),
                        figure("failing attempts in order", inOrder.attempts(s(0), s(300), Tried::failed)),
                        figure("failing attempts", failing, "<= 100"),
                        figure("p99 in the brown-out, in order", slowP99 + " ms"),
                        figure("p99 in the brown-out", p99 + " ms", "<= " + slowP99 * 4 / 10 + " ms"),
                        figure("seconds until the best has half its share back", routed.back("best", s(180)), "<= 20")),
                slowThenFailing(routed, inOrder));
        REPORT.add(
                "1b-slow-then-failing-exploring",
                "The same, with one email in a hundred that tries out others",
                List.of(
                        figure("failing attempts", exploring.attempts(s(0), s(300), Tried::failed), "<= 100"),
                        figure(
                                "p99 in the brown-out",
                                exploring.p99(s(60), s(120)) + " ms",
                                "<= " + slowP99 * 4 / 10 + " ms"),
                        figure(
                                "seconds until the best has half its share back",
                                exploring.back("best", s(180)),
                                "<= 20")),
                slowThenFailing(exploring, inOrder));

        assertThat(plainFailing).isEqualTo(12_000);
        assertThat(failing).isLessThanOrEqualTo(100);
        assertThat(p99).isLessThanOrEqualTo(slowP99 * 4 / 10);
    }

    @Test
    void letsFewPayForATotalOutage() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(180));
        for (String name : List.of("one", "two", "three")) {
            run.provider(new SimulatedProvider(name, world, within(FAST))
                    .from(s(60), failingFast())
                    .from(s(120), within(FAST)));
        }
        run.run(1, Duration.ofMillis(10));

        List<Sent> during = run.sends(s(60), s(120));
        long paid = during.stream().filter(Sent::paid).count();
        long spared = during.stream()
                .filter(sent -> sent.attempts() == 0
                        && sent.result() instanceof SendResult.NotSent not
                        && not.retryAt().isPresent())
                .count();
        REPORT.add(
                "2-total-outage",
                "All three providers fail for a minute; one node, 100 sends/s",
                List.of(
                        figure("sends during the outage", during.size()),
                        figure("sends that paid with a failing attempt", paid, "<= 10"),
                        figure("sends told at once when to come again", spared),
                        figure("seconds from the end of the outage until 99 % are sent", run.wellAgain(s(120)))),
                new SimulationChart(run).mark(s(60), "all fail").mark(s(120), "well again"));

        assertThat(spared + paid).isGreaterThanOrEqualTo(during.size() - 10);
        assertThat(paid).isLessThanOrEqualTo(30);
    }

    @Test
    @DisplayName("P22 flapping 50 %: opens, state changes bounded, traffic moves")
    void movesAwayFromAProviderThatFailsHalfTheTime() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(600))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), flaky(0.5, FAST))
                        .from(s(480), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .sharing()
                .run(10, Duration.ofMillis(250));

        long failing = run.attempts(s(60), s(480), Tried::failed);
        long left = run.changes("best", "down");
        REPORT.add(
                "3-flapping",
                "Best of two providers fails half of its attempts for seven minutes; 10 nodes, 4 sends/s each",
                List.of(
                        figure("sends meanwhile", run.sends(s(60), s(480)).size()),
                        figure("failing attempts", failing),
                        figure("times a node left it alone", left),
                        figure("share of the best meanwhile", run.share("best", s(70), s(480)) + " %"),
                        figure("sends not sent", run.unsent(s(0), s(600))),
                        figure("seconds until the best has half its share back", run.back("best", s(480)))),
                new SimulationChart(run).mark(s(60), "half fails").mark(s(480), "well again"));

        assertThat(failing).isLessThan(run.sends(s(60), s(480)).size() / 20);
    }

    @Test
    void spillsOverWhatAProviderThrottles() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(240))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), throttling(50, Optional.empty(), FAST))
                        .from(s(180), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .sharing()
                .run(10, Duration.ofMillis(100));

        REPORT.add(
                "4-throttling",
                "Best of two providers takes 50 of 100 in a second for two minutes; 10 nodes, 10 sends/s each",
                List.of(
                        figure("throttled attempts", run.attempts(s(60), s(180), Tried::failed)),
                        figure(
                                "what the best took in a second",
                                run.attempts(
                                                s(60),
                                                s(180),
                                                t -> !t.failed() && t.provider().equals("best"))
                                        / 120),
                        figure("sends not sent", run.unsent(s(0), s(240))),
                        figure("seconds until the best has half its share back", run.back("best", s(180)))),
                new SimulationChart(run).mark(s(60), "50 in a second").mark(s(180), "no limit"));

        assertThat(run.unsent(s(0), s(240))).isZero();
    }

    @Test
    @DisplayName("P23 recovery: few probes for the whole fleet, ramp to full weight")
    void comesBackGentlyToAProviderThatIsWellAgain() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(300))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), failingFast())
                        .from(s(120), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .sharing()
                .run(100, s(1));

        long trials = run.attempts(s(70), s(120), Tried::failed);
        REPORT.add(
                "6-recovery",
                "Best of two providers fails for a minute; 100 nodes, 1 send/s each",
                List.of(
                        figure("failing attempts until all nodes knew", run.attempts(s(60), s(70), Tried::failed)),
                        figure("failing trials in the 50 s after", trials),
                        figure(
                                "share of the best in the first 5 s after its return",
                                run.share("best", s(120), s(125)) + " %"),
                        figure("seconds until the best has half its share back", run.back("best", s(120))),
                        figure("share of the best in the last minute", run.share("best", s(240), s(300)) + " %")),
                new SimulationChart(run).mark(s(60), "failing fast").mark(s(120), "well again"));
    }

    private static SimulationRun brownOut(boolean sharing) throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(240))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), within(s(3)))
                        .from(s(180), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)));
        return (sharing ? run.sharing() : run).run(100, s(2));
    }

    @Test
    void learnsFromTheFleetWhatANodeHasNotSeen() throws Exception {
        SimulationRun alone = brownOut(false);
        SimulationRun together = brownOut(true);

        REPORT.add(
                "8-fleet",
                "Best of two providers takes 3 s instead of 100 ms for two minutes; 100 nodes, 1 send in 2 s each",
                List.of(
                        figure("sends that took more than a second, each node by itself", slow(alone)),
                        figure("sends that took more than a second, sharing what they know", slow(together))),
                new SimulationChart(together)
                        .comparedWith("each by itself", alone)
                        .mark(s(60), "3 s each")
                        .mark(s(180), "well again"));

        assertThat(slow(together)).isLessThan(slow(alone));
    }

    private static long slow(SimulationRun run) {
        return run.sends.stream()
                .filter(sent -> sent.took().compareTo(s(1)) > 0)
                .count();
    }
}
