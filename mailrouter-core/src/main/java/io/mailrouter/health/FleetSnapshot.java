package io.mailrouter.health;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a whole fleet knows, at one moment.
 *
 * @param connected whether the last exchange with the store succeeded
 * @param nodes how many nodes are alive, this one included; 0 before the first exchange
 * @param providers what is known of each provider, by name
 * @param orders the last order about each topic, by provider; the same map until one is added, and an order stays in it
 *     when it has ended
 * @param circuits whether the fleet leaves a provider alone, by name; of those of whom nothing was ever decided, nothing
 * @param holds the pauses that providers have asked for, by name; one stays when it has ended
 * @param takenAt the reading of the service's monotonic clock, {@link System#nanoTime()} unless a test brings
 *     another, at the last exchange that succeeded
 */
public record FleetSnapshot(
        boolean connected,
        int nodes,
        Map<String, Provider> providers,
        Map<String, List<Order>> orders,
        Map<String, FleetCircuit> circuits,
        Map<String, FleetHold> holds,
        long takenAt) {

    public FleetSnapshot {
        providers = Map.copyOf(providers);
        orders = Map.copyOf(orders);
        circuits = Map.copyOf(circuits);
        holds = Map.copyOf(holds);
    }

    /** What a fleet knows without any order, and without anything to leave alone. */
    public FleetSnapshot(boolean connected, int nodes, Map<String, Provider> providers, long takenAt) {
        this(connected, nodes, providers, Map.of(), Map.of(), Map.of(), takenAt);
    }

    /** Returns what is known before the first exchange: nothing. */
    public static FleetSnapshot none() {
        return new FleetSnapshot(false, 0, Map.of(), System.nanoTime());
    }

    /** Returns what the fleet knows of a provider, if anything. */
    public Optional<Provider> provider(String name) {
        return Optional.ofNullable(providers.get(name));
    }

    /** Returns how old the knowledge is. Older than 15 s it says nothing about the present (REDIS.md fades it out). */
    public Duration age() {
        return age(System.nanoTime());
    }

    /** Returns how old the knowledge is at a reading of the clock that {@link #takenAt} was read from. */
    public Duration age(long now) {
        return Duration.ofNanos(Math.max(0, now - takenAt));
    }

    /**
     * One provider as the whole fleet sees it. The counts decay exponentially, so they describe the last seconds.
     *
     * @param attempts attempts of all kinds
     * @param ok attempts that were accepted
     * @param unavailable attempts that failed by the provider's fault, surely not sent
     * @param ambiguous attempts with an unknown end
     * @param throttled attempts that were told to wait
     * @param latency mean time of accepted attempts, zero without any
     * @param usedToday recipients accepted since midnight UTC
     * @param usedThisMonth recipients accepted since the first of the month, UTC
     */
    public record Provider(
            double attempts,
            double ok,
            double unavailable,
            double ambiguous,
            double throttled,
            Duration latency,
            long usedToday,
            long usedThisMonth) {

        /**
         * Returns the share of failures by the provider's fault among the attempts that say something about it, 0
         * without any. Refused emails and pauses that were asked for do not count.
         */
        public double errorRate() {
            double judged = ok + unavailable + ambiguous;
            return judged > 0 ? (unavailable + ambiguous) / judged : 0;
        }
    }
}
