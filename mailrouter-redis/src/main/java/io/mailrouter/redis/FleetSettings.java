package io.mailrouter.redis;

import java.time.Duration;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * All that a fleet is told when it is built, checked.
 *
 * @param where hosts and ports, fit for a log
 * @param connector opens what connects
 */
record FleetSettings(
        String where,
        Supplier<Connector> connector,
        FleetKeys keys,
        String node,
        Duration syncEvery,
        Duration timeout,
        Duration nodeExpiry,
        RandomGenerator random) {

    /** How fast the shared counters fade: after this time 37 % of a count are left. */
    static final Duration TAU = Duration.ofSeconds(10);
}
