package io.mailrouter.benchmarks.scale;

import io.mailrouter.benchmarks.contest.Row;
import io.mailrouter.benchmarks.scale.FleetSimulation.Outcome;
import java.util.Locale;
import java.util.Map;

/**
 * What a fleet runs out of first, on paper and by simulation, from what a send was measured to cost; see {@link Fleet}.
 * Nothing is sent here, and no clock is read: the same seed gives the same rows on every machine.
 */
final class FirstLimit {

    private static final int[] NODES = {10, 100, 1_000};
    private static final int SENDS = Integer.getInteger("scale.sends", 200_000);
    private static final long SEED = Long.getLong("scale.seed", 42);
    private static final double RATE = 500;
    private static final double DEEP = 10e6;

    private FirstLimit() {}

    public static void main(String[] args) {
        Fleet one = Fleet.of(1);
        show("nodes 1, defaults", one);
        show("nodes 1, 256 senders", one.withSenders(256, one.pollers()));
        show("nodes 1, 256 senders, 16 pollers", one.withSenders(256, 16));
        show(
                "nodes 1, 1,024 senders, 64 pollers, 1,024 in flight",
                one.withSenders(1_024, 64).withMaxInFlight(1_024));
        for (int nodes : NODES) {
            String count = String.format(Locale.ROOT, "nodes %,d", nodes);
            show(count + ", defaults", Fleet.of(nodes));
            show(count + ", keys in Redis", Fleet.of(nodes).withKeys());
            show(count + ", 500 /s at each provider", Fleet.of(nodes).withRate(RATE));
        }
    }

    private static void show(String scenario, Fleet fleet) {
        Map.Entry<String, Double> paper = fleet.firstLimit();
        print(scenario, "paper: " + paper.getKey(), text("%,.0f /s", paper.getValue()));
        // Long enough for every message to come round some times.
        int sends = Math.max(SENDS, 5 * fleet.nodes() * (fleet.senders() + fleet.prefetch()));
        Outcome outcome = new FleetSimulation(fleet, SEED).run(sends);
        Map.Entry<String, Double> limit = outcome.limit();
        print(
                scenario,
                text("simulation: %s, %.0f %% in use", limit.getKey(), 100 * limit.getValue()),
                text(
                        "%,.0f /s, each %,.1f ms; 10 million in %,.1f min; in flight / (rate x time) %.3f",
                        outcome.perSecond(),
                        outcome.sendSeconds() * 1e3,
                        DEEP / outcome.perSecond() / 60,
                        outcome.sending() / (outcome.perSecond() * outcome.sendSeconds())));
    }

    private static void print(String scenario, String contender, String figure) {
        System.out.println(new Row("first limit", scenario, contender, figure, "", "", "").markdown());
    }

    private static String text(String format, Object... figures) {
        return String.format(Locale.ROOT, format, figures);
    }
}
