package io.mailrouter;

import static io.mailrouter.SimulatedProvider.failingFast;
import static io.mailrouter.SimulatedProvider.flaky;
import static io.mailrouter.SimulatedProvider.throttling;
import static io.mailrouter.SimulatedProvider.until;
import static io.mailrouter.SimulatedProvider.within;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.mailrouter.SimulationReport.Figure;
import io.mailrouter.SimulationRun.Sent;
import io.mailrouter.SimulationRun.Tried;
import io.mailrouter.route.Routing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Scenarios of fleets on a virtual clock, with figures; their pictures stand in docs/simulation. */
class SimulationTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(EmailService.class);
    private static final SimulationReport REPORT = new SimulationReport();
    private static final int SCENARIOS = 9;
    private static final Duration FAST = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofMillis(150);
    private static final Duration THIRD = Duration.ofMillis(300);
    private static final Duration EVERY_50_MS = Duration.ofMillis(50);

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
        REPORT.write(SCENARIOS);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Figure figure(String what, Object value, String goal) {
        boolean never = value.equals(SimulationRun.NEVER);
        return new Figure(what, never ? "more than the run lasts" : value.toString(), goal);
    }

    private static Figure figure(String what, Object value) {
        return figure(what, value, "");
    }

    /** The best provider becomes ten times slower after a minute, fails fast after two, and is well again after three. */
    private static SimulationRun slowThenFailing(Routing strategy) {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(240))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), within(FAST.multipliedBy(10)))
                        .from(s(120), failingFast())
                        .from(s(180), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .provider(new SimulatedProvider("third", world, within(THIRD)))
                .with(b -> b.routing(strategy))
                .sharing();
    }

    @Test
    void leavesAProviderThatBecomesSlowAndThenFails() throws Exception {
        Simulation world = new Simulation();
        SimulationRun plain = new SimulationRun(world, s(60))
                .provider(new SimulatedProvider("best", world, failingFast()))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .with(b -> b.routing(Routing.inOrder()))
                .with(b -> b.breaker(never -> never.window(10_000, 10_000).consecutiveFailures(10_000)))
                .run(10, EVERY_50_MS);
        SimulationRun inOrder = slowThenFailing(Routing.inOrder()).run(10, EVERY_50_MS);
        SimulationRun run = slowThenFailing(Routing.latencyAware()).run(10, EVERY_50_MS);

        long all = plain.attempts(s(0), s(60), Tried::failed);
        long failing = run.attempts(s(0), s(240), Tried::failed);
        long most = inOrder.p99(s(60), s(120)) * 4 / 10;
        long p99 = run.p99(s(60), s(120));
        long back = run.back("best", s(180));
        REPORT.add(
                "1-slow-then-failing",
                "Best of three providers 10 x slower, then failing; 10 nodes, 20 sends/s each",
                List.of(
                        figure("failing attempts, in order and without a breaker", all),
                        figure("failing attempts, in order", inOrder.attempts(s(0), s(240), Tried::failed)),
                        figure("failing attempts", failing, "<= 100"),
                        figure("p99 in the brown-out, in order", inOrder.p99(s(60), s(120)) + " ms"),
                        figure("p99 in the brown-out", p99 + " ms", "<= " + most + " ms"),
                        figure(
                                "seconds until the best has half its share back, in order",
                                inOrder.back("best", s(180))),
                        figure("seconds until the best has half its share back", back, "<= 20")),
                new SimulationChart(run)
                        .comparedWith("in order", inOrder)
                        .mark(s(60), "10 x slower")
                        .mark(s(120), "failing fast")
                        .mark(s(180), "well again"));

        assertThat(all).isEqualTo(12_000);
        assertThat(failing).isLessThanOrEqualTo(100);
        assertThat(p99).isLessThanOrEqualTo(most);
        assertThat(back).isLessThanOrEqualTo(20);
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
        long first = run.sends(s(60), s(61)).stream().filter(Sent::paid).count();
        long spared = during.stream()
                .filter(sent -> sent.attempts() == 0)
                .filter(sent -> sent.result() instanceof SendResult.NotSent not
                        && not.retryAt().isPresent())
                .count();
        REPORT.add(
                "2-total-outage",
                "All three providers fail for a minute; one node, 100 sends/s",
                List.of(
                        figure("sends meanwhile", during.size()),
                        figure("sends that paid with a failing attempt", paid, "<= 10"),
                        figure("of those in the first second, while answers from before still come in", first),
                        figure("sends told at once when to come again", spared),
                        figure("seconds until 99 % are sent again", run.wellAgain(s(120)))),
                new SimulationChart(run).mark(s(60), "all fail").mark(s(120), "well again"));

        assertThat(during).hasSize(6_000);
        assertThat(spared).isEqualTo(during.size() - paid);
        assertThat(paid).as("the goal of 10 is missed").isLessThanOrEqualTo(20);
    }

    @Test
    @DisplayName("P22 flapping 50 %: opens, state changes bounded, traffic moves")
    void movesAwayFromAProviderThatFailsHalfTheTime() throws Exception {
        SimulationRun run = flapping(Routing.latencyAware());
        SimulationRun inOrder = flapping(Routing.inOrder());

        int meanwhile = run.sends(s(60), s(360)).size();
        long failing = run.attempts(s(60), s(360), Tried::failed);
        long failingInOrder = inOrder.attempts(s(60), s(360), Tried::failed);
        long left = inOrder.changes("best", "down");
        REPORT.add(
                "3-flapping",
                "Best of two providers fails half of its attempts for five minutes; 10 nodes, 4 sends/s each",
                List.of(
                        figure("sends meanwhile", meanwhile),
                        figure("failing attempts, in order", failingInOrder),
                        figure("times that a node left it alone, in order", left),
                        figure("failing attempts", failing),
                        figure("share of the best meanwhile", run.share("best", s(70), s(360)) + " %"),
                        figure("sends not sent", run.unsent() + inOrder.unsent()),
                        figure("seconds until the best has half its share back", run.back("best", s(360)))),
                new SimulationChart(run).mark(s(60), "half fails").mark(s(360), "well again"));

        assertThat(failing).isLessThan(meanwhile / 50);
        assertThat(failingInOrder).isLessThan(meanwhile / 20);
        assertThat(left).as("on ten nodes in five minutes").isBetween(10L, 200L);
        assertThat(run.unsent() + inOrder.unsent()).isZero();
        assertThat(run.back("best", s(360))).isLessThanOrEqualTo(30);
    }

    private static SimulationRun flapping(Routing strategy) throws InterruptedException {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(480))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), flaky(0.5, FAST))
                        .from(s(360), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .with(b -> b.routing(strategy))
                .sharing()
                .run(10, Duration.ofMillis(250));
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

        long taken =
                run.attempts(s(60), s(180), t -> !t.failed() && t.provider().equals("best")) / 120;
        long throttled = run.attempts(s(60), s(180), Tried::failed);
        REPORT.add(
                "4-throttling",
                "Best of two providers takes 50 of 100 in a second for two minutes; 10 nodes, 10 sends/s each",
                List.of(
                        figure("sends meanwhile", run.sends(s(60), s(180)).size()),
                        figure("attempts that it throttled", throttled),
                        figure("what the best took in a second", taken),
                        figure("sends not sent", run.unsent()),
                        figure("seconds until the best has half its share back", run.back("best", s(180)))),
                new SimulationChart(run).mark(s(60), "50 in a second").mark(s(180), "no limit"));

        assertThat(run.unsent()).isZero();
        assertThat(throttled).isLessThan(1_200);
        assertThat(taken).isGreaterThanOrEqualTo(40);
        assertThat(run.back("best", s(180))).isLessThanOrEqualTo(20);
    }

    @Test
    void goesOnElsewhereWhenAQuotaIsUsedUp() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(120))
                .provider(new SimulatedProvider("best", world, until(6_000, FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .with(b -> b.routing(Routing.inOrder()))
                .sharing()
                .run(10, Duration.ofMillis(100));

        long refused = run.attempts(s(0), s(120), Tried::failed);
        REPORT.add(
                "5-quota",
                "The first of two providers has a quota of 6,000 for 12,000 sends, in order; 10 nodes, 10 sends/s each",
                List.of(
                        figure("what the first took", run.share("best", s(0), s(120)) + " %", "50 %"),
                        figure("attempts refused for the quota", refused),
                        figure("sends not sent", run.unsent())),
                new SimulationChart(run));

        assertThat(run.share("best", s(0), s(120))).isEqualTo(50);
        assertThat(refused).as("of ten nodes").isBetween(10L, 60L);
        assertThat(run.unsent()).isZero();
    }

    @Test
    @DisplayName("P23 recovery: few probes for the whole fleet, ramp to full weight")
    void comesBackGentlyToAProviderThatIsWellAgain() throws Exception {
        SimulationRun run = recovering(Routing.latencyAware());
        SimulationRun inOrder = recovering(Routing.inOrder());

        long trials = inOrder.attempts(s(80), s(120), Tried::failed);
        REPORT.add(
                "6-recovery",
                "Best of two providers fails for a minute, in order; 100 nodes, 1 send/s each",
                List.of(
                        figure("failing attempts in the first 20 s", inOrder.attempts(s(60), s(80), Tried::failed)),
                        figure("failing attempts of all nodes in the 40 s after", trials, "<= 8"),
                        figure("share of the best 10 s after its return", inOrder.share("best", s(130), s(135)) + " %"),
                        figure("share of the best 20 s after its return", inOrder.share("best", s(140), s(145)) + " %"),
                        figure("share of the best 40 s after its return", inOrder.share("best", s(160), s(165)) + " %"),
                        figure("share of the best in the last 20 s", inOrder.share("best", s(220), s(240)) + " %"),
                        figure("failing attempts by latency", run.attempts(s(60), s(120), Tried::failed)),
                        figure("seconds until the best has half its share back, by latency", run.back("best", s(120)))),
                new SimulationChart(inOrder)
                        .comparedWith("by latency", run)
                        .mark(s(60), "failing fast")
                        .mark(s(120), "well again"));

        assertThat(trials).as("of 100 nodes, one of which tries").isBetween(1L, 8L);
        assertThat(inOrder.share("best", s(120), s(125))).isLessThanOrEqualTo(20);
        assertThat(inOrder.share("best", s(220), s(240))).isGreaterThanOrEqualTo(90);
        assertThat(run.attempts(s(60), s(120), Tried::failed)).isLessThanOrEqualTo(200);
        assertThat(run.back("best", s(120))).isLessThanOrEqualTo(30);
    }

    private static SimulationRun recovering(Routing strategy) throws InterruptedException {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(240))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), failingFast())
                        .from(s(120), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)))
                .with(b -> b.routing(strategy))
                .sharing()
                .run(100, s(1));
    }

    @Test
    void sharesOutByWeightAndGoesToTheCheapest() throws Exception {
        SimulationRun weighted = priced(Routing.weighted());
        SimulationRun cheapest = priced(Routing.costAware());
        SimulationRun both = priced(Routing.latencyAware(settings -> settings.costWeight(1)));

        REPORT.add(
                "7-shares",
                "Two providers of weights 3 and 1, the first at twice the price; one node, 20 sends/s",
                List.of(
                        figure("share of the first, by weight", weighted.share("dear", s(0), s(60)) + " %", "75 %"),
                        figure("share of the first, by price", cheapest.share("dear", s(0), s(60)) + " %", "0 %"),
                        figure("share of the first, by latency and price", both.share("dear", s(0), s(60)) + " %")),
                new SimulationChart(weighted));

        assertThat(weighted.share("dear", s(0), s(60))).isEqualTo(75);
        assertThat(cheapest.share("dear", s(0), s(60))).isZero();
    }

    private static SimulationRun priced(Routing strategy) throws InterruptedException {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(60))
                .provider(
                        new SimulatedProvider("dear", world, within(FAST)),
                        p -> p.weight(3).cost("0.0008"))
                .provider(new SimulatedProvider("cheap", world, within(SECOND)), p -> p.cost("0.0004"))
                .with(b -> b.routing(strategy))
                .run(1, EVERY_50_MS);
    }

    @Test
    void learnsFromTheFleetWhatANodeHasNotSeen() throws Exception {
        SimulationRun alone = slowToAnswer().run(100, s(2));
        SimulationRun together = slowToAnswer().sharing().run(100, s(2));

        REPORT.add(
                "8-fleet",
                "Best of two providers takes 3 s instead of 100 ms for two minutes; 100 nodes, 1 send in 2 s each",
                List.of(
                        figure("sends that took over a second, each node by itself", alone.slow()),
                        figure("sends that took over a second, sharing what they know", together.slow()),
                        figure("seconds until the best has half its share back", together.back("best", s(180)))),
                new SimulationChart(together)
                        .comparedWith("each by itself", alone)
                        .mark(s(60), "3 s each")
                        .mark(s(180), "well again"));

        assertThat(together.slow()).isLessThan(alone.slow() * 2 / 3);
        assertThat(together.back("best", s(180))).isLessThanOrEqualTo(55);
    }

    private static SimulationRun slowToAnswer() {
        Simulation world = new Simulation();
        return new SimulationRun(world, s(240))
                .provider(new SimulatedProvider("best", world, within(FAST))
                        .from(s(60), within(s(3)))
                        .from(s(180), within(FAST)))
                .provider(new SimulatedProvider("second", world, within(SECOND)));
    }

    @Test
    void findsTheBestAlthoughItCameLastAndFailsNowAndThen() throws Exception {
        Simulation world = new Simulation();
        SimulationRun run = new SimulationRun(world, s(120))
                .provider(new SimulatedProvider("known", world, within(THIRD)))
                .provider(new SimulatedProvider("newcomer", world, flaky(0.01, FAST)))
                .run(1, Duration.ofMillis(20));

        REPORT.add(
                "9-newcomer",
                "The better of two providers was registered last and fails one attempt in a hundred; one node, 50 sends/s",
                List.of(
                        figure("share of the better one", run.share("newcomer", s(0), s(120)) + " %"),
                        figure("sends not sent", run.unsent())),
                new SimulationChart(run));

        assertThat(run.share("newcomer", s(0), s(120))).isGreaterThanOrEqualTo(90);
        assertThat(run.unsent()).isZero();
    }
}
