package io.mailrouter.health;

/**
 * Whether a whole fleet leaves a provider alone, as one node has heard. Immutable. All readings are of the service's
 * monotonic clock.
 *
 * @param epoch ranks it: what has a higher one is newer
 * @param state whether it leaves it alone
 * @param since the reading when that was decided
 * @param inNeedFrom the reading from which an email may try an open one that has nobody else
 * @param until the reading from which any email may
 * @param nodes how many nodes had seen the provider fail when it was opened last; 0 when nobody knows
 * @param lease who may try an open one
 * @param leaseUntil the reading at which the lease ends, whoever has it
 */
public record FleetCircuit(
        long epoch, State state, long since, long inNeedFrom, long until, int nodes, Lease lease, long leaseUntil) {

    /** What a fleet has decided. */
    public enum State {
        /** Every node leaves the provider alone. */
        OPEN,
        /** A node has tried it, and it works: every node uses it again, by a ramp. */
        CLOSED,
        /** An operator has begun anew: every node uses it as if nothing had happened. */
        RESET
    }

    /** Who may try an open one: one node of the fleet, for a time. */
    public enum Lease {
        /** Nobody. */
        NOBODY,
        /** This node. */
        HERE,
        /** Another node. */
        ELSEWHERE
    }

    /** Says whether the fleet leaves the provider alone. */
    public boolean isOpen() {
        return state == State.OPEN;
    }

    /** Says whether this node may try the provider at a reading of the clock. */
    public boolean isLeasedHere(long nanoTime) {
        return lease == Lease.HERE && leaseUntil - nanoTime > 0;
    }

    /** Says whether another node may at a reading of the clock, so that it is no use to ask. */
    public boolean isLeasedElsewhere(long nanoTime) {
        return lease == Lease.ELSEWHERE && leaseUntil - nanoTime > 0;
    }
}
