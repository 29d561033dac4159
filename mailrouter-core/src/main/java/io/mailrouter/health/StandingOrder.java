package io.mailrouter.health;

import java.time.Instant;
import java.util.Optional;

/**
 * An operator's order as one node obeys it.
 *
 * @param kind what was ordered
 * @param weight the weight that was ordered; 1 when none was
 * @param reason why
 * @param since when it was given
 * @param until when it ends; empty for what the node's own configuration says, which ends with the node
 * @param deadline when it ends, on the monotonic clock that decides
 */
public record StandingOrder(
        Order.Kind kind, double weight, String reason, Instant since, Optional<Instant> until, long deadline) {

    /** Says whether it stands at a reading of the monotonic clock. */
    public boolean stands(long nanoTime) {
        return until.isEmpty() || deadline - nanoTime > 0;
    }
}
