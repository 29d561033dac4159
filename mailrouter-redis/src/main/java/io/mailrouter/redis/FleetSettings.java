package io.mailrouter.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** All that a fleet is told when it is built, checked. */
record FleetSettings(
        RedisAddress address,
        Optional<Path> trusted,
        FleetKeys keys,
        String node,
        Duration syncEvery,
        Duration timeout,
        Duration nodeExpiry,
        RandomGenerator random) {

    /** How fast the shared counters fade: after this time 37 % of a count are left. */
    static final Duration TAU = Duration.ofSeconds(10);
}
