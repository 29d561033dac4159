package io.mailrouter.route;

/** What {@link Routing#latencyAware} heeds besides speed and failures. Not safe to share between threads. */
public final class LatencySettings {

    private double costWeight;
    private double exploration = 0.01;

    LatencySettings() {}

    /**
     * Sets how much the price counts, 0 to 1,000: with 1, a provider that costs as much as the cheapest is twice as bad as
     * if it were free, and one of the double price thrice. One whose price was not said counts as the cheapest. 0, not
     * at all, by default.
     */
    public LatencySettings costWeight(double value) {
        costWeight = within("costWeight", value, 1_000);
        return this;
    }

    /** Sets the share of emails with which others are tried out, 0 to 0.5; see {@link Routing#exploration}. 0.01 by default. */
    public LatencySettings exploration(double share) {
        exploration = within("exploration", share, 0.5);
        return this;
    }

    private static double within(String field, double value, double most) {
        if (!(value >= 0 && value <= most)) {
            throw new IllegalArgumentException(field + " is " + value + ": 0 to " + most + " is needed");
        }
        return value;
    }

    double costWeight() {
        return costWeight;
    }

    double exploration() {
        return exploration;
    }
}
