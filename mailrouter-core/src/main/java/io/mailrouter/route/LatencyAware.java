package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Ranks by one number, in milliseconds: the time that an attempt takes, made longer by what is under way, by failures,
 * by the price, and by a quota that runs out, and shorter by the weight.
 */
final class LatencyAware implements Routing {

    /** What each attempt under way adds to the time, as a share of it: a queue in front of the provider, roughly. */
    private static final double IN_FLIGHT = 0.1;

    /** What a provider that always fails loses: without it, one that fails fast looks quick and gets everything. */
    private static final double FAILURE_MILLIS = 2_000;

    private static final double NEWCOMER = 0.9;

    private static final double MAX_ERROR_RATE = 0.95;

    private final double costWeight;
    private final double exploration;

    LatencyAware(LatencySettings settings) {
        costWeight = settings.costWeight();
        exploration = settings.exploration();
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        double lowest = lowestCost(eligible);
        double newcomer = newcomer(eligible);
        double[] scores = new double[eligible.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = score(eligible.get(i), lowest, newcomer);
        }
        return Ascending.by(scores, eligible);
    }

    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        return OptionalDouble.of(score(candidate, lowestCost(eligible), newcomer(eligible)));
    }

    private double score(Candidate c, double lowestCost, double newcomer) {
        double e = c.errorRate();
        double latency = c.isMeasured() ? c.latencyMillis() : newcomer;
        double millis =
                latency * (1 + IN_FLIGHT * c.inFlight()) / (1 - Math.min(e, MAX_ERROR_RATE)) + FAILURE_MILLIS * e;
        return millis * price(c, lowestCost) * c.quotaPressure() / c.weight();
    }

    /** Taken for the latency of whoever was not measured yet: a little less than the best, or it never would be. */
    private static double newcomer(List<Candidate> eligible) {
        double least = Candidate.UNKNOWN_LATENCY.toMillis() / NEWCOMER;
        for (int i = 0; i < eligible.size(); i++) {
            Candidate candidate = eligible.get(i);
            if (candidate.isMeasured()) {
                least = Math.min(least, candidate.latencyMillis());
            }
        }
        return least * NEWCOMER;
    }

    private double price(Candidate c, double lowestCost) {
        if (costWeight == 0 || lowestCost == 0) {
            return 1;
        }
        return 1 + costWeight * (c.cost() > 0 ? c.cost() / lowestCost : 1);
    }

    /** The lowest price that was said, 0 without any. */
    private double lowestCost(List<Candidate> eligible) {
        double lowest = 0;
        for (int i = 0; costWeight > 0 && i < eligible.size(); i++) {
            double cost = eligible.get(i).cost();
            if (cost > 0 && (lowest == 0 || cost < lowest)) {
                lowest = cost;
            }
        }
        return lowest;
    }

    @Override
    public double exploration(Email email) {
        return exploration;
    }
}
