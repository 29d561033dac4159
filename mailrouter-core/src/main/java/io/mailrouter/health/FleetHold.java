package io.mailrouter.health;

/**
 * A time during which a whole fleet passes a provider over, because of what it has answered to one node.
 *
 * @param state why: {@link HealthState#THROTTLED}, {@link HealthState#QUOTA_EXHAUSTED} or {@link
 *     HealthState#MISCONFIGURED}
 * @param code the code of the outcome that caused it
 * @param since the reading of the service's monotonic clock when it began
 * @param until the reading at which it ends
 */
public record FleetHold(HealthState state, String code, long since, long until) {

    /**
     * Checks what a node, or another one, says.
     *
     * @throws IllegalArgumentException when nothing is held for such a reason
     */
    public FleetHold {
        if (state != HealthState.THROTTLED
                && state != HealthState.QUOTA_EXHAUSTED
                && state != HealthState.MISCONFIGURED) {
            throw new IllegalArgumentException(
                    "state is " + state + ": THROTTLED, QUOTA_EXHAUSTED or MISCONFIGURED is needed");
        }
    }
}
