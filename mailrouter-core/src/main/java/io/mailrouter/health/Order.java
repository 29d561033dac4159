package io.mailrouter.health;

/**
 * What an operator has ordered about a provider, for a time. Of one topic the last order counts.
 *
 * @param kind what was ordered
 * @param weight the provider's weight with {@link Kind#WEIGHT}; 1 with any other kind
 * @param reason why, for other operators: at most 200 characters, none of them a control character
 * @param since the reading of the service's monotonic clock, {@link System#nanoTime()} unless a test brings another, when
 *     it was given
 * @param until the reading of that clock at which it ends
 */
public record Order(Kind kind, double weight, String reason, long since, long until) {

    /** How long a reason may be, in characters. */
    public static final int MAX_REASON = 200;

    /** What an order is about. Orders about different topics stand side by side. */
    public enum Topic {
        /** Whether the provider is used at all. */
        USE,
        /** Its share among the others. */
        WEIGHT
    }

    /** What may be ordered. */
    public enum Kind {
        /** Use it again: ends an earlier order about its use. */
        ENABLED(Topic.USE),
        /** Begin no attempt through it. */
        DISABLED(Topic.USE),
        /** Begin no attempt through it, as if it had failed too often; no trial and no probe ends that. */
        FORCED_OPEN(Topic.USE),
        /** Give it another weight than the configured one. */
        WEIGHT(Topic.WEIGHT),
        /** Give it the configured weight: ends an earlier order about its weight. */
        CONFIGURED_WEIGHT(Topic.WEIGHT);

        private final Topic topic;

        Kind(Topic topic) {
            this.topic = topic;
        }

        /** Returns what it is about. */
        public Topic topic() {
            return topic;
        }

        /** Says whether no attempt may begin while it stands. */
        public boolean stops() {
            return this == DISABLED || this == FORCED_OPEN;
        }
    }

    /**
     * Checks what an operator, or another node, says.
     *
     * @throws IllegalArgumentException when the reason is too long or holds a control character, or the weight is not
     *     0.001 to 1,000
     */
    public Order {
        if (reason.length() > MAX_REASON || reason.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("reason is too long or holds a control character: at most " + MAX_REASON
                    + " characters are possible");
        }
        if (!(weight >= 0.001 && weight <= 1_000)) {
            throw new IllegalArgumentException("weight is " + weight + ": 0.001 to 1000 is needed");
        }
    }
}
