package io.mailrouter.benchmarks.scale;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Nodes that drain one queue, and how many emails a second each thing that they need would let through: the scaling on
 * paper. {@link FleetSimulation} is the same without the paper's simplification that nobody ever waits for anybody.
 *
 * <p>What a send costs is measured elsewhere and may be set by system properties: {@code scale.cpuMicros}, the CPU of a
 * message from its receipt to its deletion; {@code scale.keyMicros}, Redis's CPU of an idempotency key;
 * {@code scale.exchangeMicros}, that of a node's exchange, once a second; {@code scale.latencyMillis}, a provider's answer;
 * {@code scale.pollMillis}, a receive from the queue.
 *
 * @param nodes how many consumers
 * @param cores of each node
 * @param senders of each node: its consumer's concurrency
 * @param prefetch of each node: messages that wait in it for a sender
 * @param pollers of each node: receives at a time, of ten messages each
 * @param providers how many, all alike
 * @param maxInFlight requests of one node at one provider, and its connections to it
 * @param rate what one provider takes of all nodes together in a second
 * @param keys whether each message's key is claimed in Redis
 */
record Fleet(
        int nodes,
        int cores,
        int senders,
        int prefetch,
        int pollers,
        int providers,
        int maxInFlight,
        double rate,
        boolean keys) {

    /** The names of what may run out, as the rows have them. */
    static final String POLLS = "receives from the queue";

    static final String SENDERS = "senders";
    static final String CPU = "CPU of the nodes";
    static final String REDIS = "Redis";
    static final String RATE = "the providers' rates";
    static final String IN_FLIGHT = "requests in flight";

    /** More than any provider takes. */
    static final double NO_RATE = 1e9;

    private static final int BATCH = 10;
    private static final double CPU_SECONDS = Integer.getInteger("scale.cpuMicros", 100) / 1e6;
    private static final double KEY_SECONDS = Integer.getInteger("scale.keyMicros", 56) / 1e6;
    private static final double EXCHANGE_SECONDS = Integer.getInteger("scale.exchangeMicros", 94) / 1e6;
    private static final double LATENCY_SECONDS = Integer.getInteger("scale.latencyMillis", 50) / 1e3;
    private static final double POLL_SECONDS = Integer.getInteger("scale.pollMillis", 20) / 1e3;

    /** Returns so many nodes with the library's defaults, two cores each, and three providers without a rate. */
    static Fleet of(int nodes) {
        return new Fleet(nodes, 2, 16, 10, 4, 3, 64, NO_RATE, false);
    }

    /** Returns the same with each message's key in Redis. */
    Fleet withKeys() {
        return new Fleet(nodes, cores, senders, prefetch, pollers, providers, maxInFlight, rate, true);
    }

    /** Returns the same with providers that take so many emails a second each. */
    Fleet withRate(double perSecond) {
        return new Fleet(nodes, cores, senders, prefetch, pollers, providers, maxInFlight, perSecond, keys);
    }

    /** Returns the same with consumers that were given more to do at a time. */
    Fleet withSenders(int more, int morePollers) {
        return new Fleet(nodes, cores, more, prefetch, morePollers, providers, maxInFlight, rate, keys);
    }

    /** Returns the same with more requests in flight at each provider. */
    Fleet withMaxInFlight(int more) {
        return new Fleet(nodes, cores, senders, prefetch, pollers, providers, more, rate, keys);
    }

    double pollSeconds() {
        return POLL_SECONDS / BATCH;
    }

    double cpuSeconds() {
        return CPU_SECONDS;
    }

    double latencySeconds() {
        return LATENCY_SECONDS;
    }

    /** Exchanges come first; a key gets what they leave of the one core that Redis uses. */
    double redisSeconds() {
        double left = Math.max(1e-3, 1 - nodes * EXCHANGE_SECONDS);
        return keys ? KEY_SECONDS / left : 0;
    }

    /** Returns what each would let through in a second if nothing else ran out: how many there are / how long each is busy. */
    Map<String, Double> limits() {
        double send = cpuSeconds() + redisSeconds() + latencySeconds();
        Map<String, Double> limits = new LinkedHashMap<>();
        limits.put(SENDERS, nodes * senders / send);
        limits.put(IN_FLIGHT, (double) nodes * providers * maxInFlight / latencySeconds());
        limits.put(POLLS, nodes * pollers / pollSeconds());
        limits.put(CPU, nodes * cores / cpuSeconds());
        limits.put(RATE, providers * rate);
        if (keys) {
            limits.put(REDIS, 1 / redisSeconds());
        }
        return limits;
    }

    /** Returns what lets the least through. */
    Map.Entry<String, Double> firstLimit() {
        return limits().entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    }
}
