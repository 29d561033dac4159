package io.mailrouter.health;

import java.time.Duration;

/**
 * What a node has to say about the circuit of one provider.
 *
 * @param kind what happened
 * @param epoch that of the circuit that the node knew when it happened, 0 when it knew none: whatever was decided since
 *     then outranks it
 * @param at the reading of the service's monotonic clock when it happened
 * @param openFor how long the provider is to be left alone the first time
 * @param atMost how long at most, after trips in a row
 * @param trial how long a node may have to try it, before another one may
 */
public record CircuitNews(Kind kind, long epoch, long at, Duration openFor, Duration atMost, Duration trial) {

    /** What may have happened. */
    public enum Kind {
        /** The node's own breaker has opened, by its own evidence. */
        OPENED,
        /** The node has an email for the provider, or a probe, and asks to be the one that tries. */
        WANTED,
        /** The node has tried, and the provider works. */
        PASSED,
        /** The node has tried, and the provider has failed. */
        FAILED,
        /** An operator has begun anew. */
        RESET
    }
}
