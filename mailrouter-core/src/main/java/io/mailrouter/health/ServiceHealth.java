package io.mailrouter.health;

import java.util.List;

/**
 * How a whole service is doing, for a health check. Immutable.
 *
 * <p>A service is down only when it is closed. Whatever becomes of its providers it is degraded at most: to start the
 * application again would mend no provider, and would stop what still works.
 *
 * @param level the answer in one word
 * @param troubles the providers that are not up, in the order of registration
 */
public record ServiceHealth(Level level, List<Trouble> troubles) {

    /** The answer of a health check. */
    public enum Level {
        /** Every provider is up. */
        UP,
        /** Some provider, or every one, is not up: an operator should look, nobody should restart. */
        DEGRADED,
        /** The service is closed. */
        DOWN
    }

    /**
     * A provider that is not up.
     *
     * @param provider its name
     * @param state how it is doing
     * @param reason why, for an operator
     */
    public record Trouble(String provider, HealthState state, String reason) {}

    public ServiceHealth {
        troubles = List.copyOf(troubles);
    }
}
