package io.mailrouter.route;

import java.time.Duration;

/**
 * A provider that may send an email now, as a strategy sees it: what was known of it at one moment.
 *
 * <p>Immutable. A service makes them; {@link #named} is for those who test a strategy of their own.
 */
public final class Candidate {

    /** Taken for the latency of a provider of which nothing is known (DESIGN section 6). */
    static final Duration UNKNOWN_LATENCY = Duration.ofMillis(500);

    private final String name;
    private final long latencyNanos;
    private final double errorRate;
    private final int inFlight;
    private final double weight;
    private final double cost;
    private final double quotaPressure;
    private final double slowStart;

    private Candidate(Builder b) {
        name = b.name;
        latencyNanos = b.latencyNanos;
        errorRate = b.errorRate;
        inFlight = b.inFlight;
        weight = b.weight;
        cost = b.cost;
        quotaPressure = b.quotaPressure;
        slowStart = b.slowStart;
    }

    /** Returns a builder of a candidate of which only the name is known. */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Returns the provider's name. */
    public String name() {
        return name;
    }

    /** Returns the mean time of an accepted attempt, as far as this node and its fleet know; 500 ms if they do not. */
    public Duration latency() {
        return isMeasured() ? Duration.ofNanos(latencyNanos) : UNKNOWN_LATENCY;
    }

    boolean isMeasured() {
        return latencyNanos > 0;
    }

    double latencyMillis() {
        return latencyNanos / 1e6;
    }

    /** Returns how much it fails lately, from 0 to 1: each failure adds to it, and it decays in some ten seconds. */
    public double errorRate() {
        return errorRate;
    }

    /** Returns how many attempts this node has under way. */
    public int inFlight() {
        return inFlight;
    }

    /** Returns its weight, 1 unless configured or changed by an operator; more than 0. */
    public double weight() {
        return weight;
    }

    /** Returns what an email costs for each recipient, in the unit of all costs of the service; 0 if it was not said. */
    public double cost() {
        return cost;
    }

    /** Returns how much its quota should be spared: 1 while it lasts for the rest of its time, up to 10. */
    public double quotaPressure() {
        return quotaPressure;
    }

    /** Returns which share of its usual traffic it should have: 1, and after a recovery from 0.1 up to that. */
    public double slowStart() {
        return slowStart;
    }

    @Override
    public String toString() {
        return "Candidate[" + name + "]";
    }

    /** Collects what is known of a {@link Candidate}. Not safe to share between threads. */
    public static final class Builder {

        private final String name;
        private long latencyNanos;
        private double errorRate;
        private int inFlight;
        private double weight = 1;
        private double cost;
        private double quotaPressure = 1;
        private double slowStart = 1;

        private Builder(String name) {
            this.name = name;
        }

        /** Sets the mean time of an accepted attempt. 500 ms by default. */
        public Builder latency(Duration value) {
            return latencyNanos(value.toNanos());
        }

        /** Sets the mean time of an accepted attempt in nanoseconds; 0 leaves the default of 500 ms. */
        public Builder latencyNanos(long nanos) {
            latencyNanos = nanos;
            return this;
        }

        /** Sets how much it fails, 0 to 1. 0 by default. */
        public Builder errorRate(double value) {
            errorRate = value;
            return this;
        }

        /** Sets how many attempts are under way. None by default. */
        public Builder inFlight(int attempts) {
            inFlight = attempts;
            return this;
        }

        /** Sets the weight. 1 by default. */
        public Builder weight(double value) {
            weight = value;
            return this;
        }

        /** Sets what an email costs for each recipient. 0, not known, by default. */
        public Builder cost(double value) {
            cost = value;
            return this;
        }

        /** Sets how much its quota should be spared, 1 to 10. 1 by default. */
        public Builder quotaPressure(double value) {
            quotaPressure = value;
            return this;
        }

        /** Sets which share of its usual traffic it should have. 1 by default. */
        public Builder slowStart(double value) {
            slowStart = value;
            return this;
        }

        /** Returns the candidate. */
        public Candidate build() {
            return new Candidate(this);
        }
    }
}
