package io.mailrouter;

import io.mailrouter.health.FleetCircuit;
import java.time.Duration;
import java.time.Instant;

/**
 * Where a breaker stands. Immutable.
 *
 * @param state how the provider is treated
 * @param since when it began, for people
 * @param until when an open one's time is over, for people
 * @param at the reading of the monotonic clock when it began
 * @param inNeedFrom the reading from which an email may try an open one that has nobody else
 * @param anyFrom the reading from which any may
 * @param nodes how many nodes of the fleet had seen it fail, when the fleet has opened it; 0 for what this node decides
 */
record BreakerStatus(State state, Instant since, Instant until, long at, long inNeedFrom, long anyFrom, int nodes) {

    /** How a provider is treated. */
    enum State {
        /** It gets emails. */
        CLOSED,
        /** It is left alone. */
        OPEN,
        /** The next few emails decide. */
        ON_TRIAL
    }

    /** For so long a provider that has come back has less than its usual traffic (DESIGN section 6). */
    static final Duration RAMP = Duration.ofSeconds(30);

    private static final double LEAST_SHARE = 0.1;

    /** Returns that of a node that leaves a provider alone as its fleet does, and so much longer until it is sent to. */
    static BreakerStatus ofFleet(FleetCircuit circuit, Time time, Duration longer) {
        long now = time.nanos();
        boolean waits = !longer.isZero();
        long after = circuit.until() + longer.toNanos();
        return new BreakerStatus(
                State.OPEN,
                time.now().minusNanos(now - circuit.since()),
                time.now().plusNanos(circuit.until() - now),
                circuit.since(),
                waits ? after : circuit.inNeedFrom(),
                after,
                Math.max(1, circuit.nodes()));
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Says whether the fleet has opened it. */
    boolean isOfFleet() {
        return nodes > 0;
    }

    boolean isOnTrial() {
        return state == State.ON_TRIAL;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Says whether it is open and its time is not over, so that no email is to be ranked for it. */
    boolean isLeftAlone(long now) {
        return isOpen() && now - anyFrom < 0;
    }

    /**
     * Says whether an email may try it that has nobody else to try but others on trial: then one email pays for the
     * trials of all, where in an outage of all providers each would cost another.
     */
    boolean mayBeTriedInNeed(long now) {
        return !isOpen() || now - inNeedFrom >= 0;
    }

    /** Says whether it has been closed for the whole ramp. */
    boolean isProven(long now) {
        return isClosed() && now - at >= RAMP.toNanos();
    }

    /** Returns which share of its usual traffic the provider should have: 1, and after a trial from 0.1 up to that. */
    double slowStart(long now) {
        double share = isClosed() ? (double) (now - at) / RAMP.toNanos() : 0;
        return Math.max(LEAST_SHARE, Math.min(1, share));
    }
}
