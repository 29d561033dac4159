package io.mailrouter;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** A model of one provider's circuit in the shared store: the rules of its script, on the clock of the world. */
final class SimulatedCircuit {

    private static final long TOGETHER = Duration.ofSeconds(10).toNanos();
    private static final long LAST_IN_LINE = Duration.ofSeconds(10).toNanos();
    private static final int NOBODY = -1;
    private static final int MOST_WITNESSES = 8;

    private final SimulatedChance chance;
    private final Map<Integer, Long> evidence = new TreeMap<>();
    private FleetCircuit.State state = FleetCircuit.State.CLOSED;
    private long epoch;
    private long since;
    private long least;
    private long until;
    private int trips;
    private int holder = NOBODY;
    private long lease;
    private int nodes;
    private int failed = NOBODY;

    SimulatedCircuit(SimulatedChance chance) {
        this.chance = chance;
    }

    boolean isKnown() {
        return epoch > 0;
    }

    private boolean isOpen() {
        return state == FleetCircuit.State.OPEN;
    }

    /** Reads what a node tells, at a moment. */
    void hear(int node, CircuitNews news, long now, int alive) {
        boolean current = news.epoch() == epoch && isOpen();
        switch (news.kind()) {
            case OPENED -> {
                if (news.epoch() >= epoch && !current) {
                    witness(node, news, now, alive);
                }
            }
            case WANTED -> {
                long turn = failed == node ? until + Math.min(LAST_IN_LINE, until - since) : least;
                if (current && now >= turn && (holder == NOBODY || holder == node || lease <= now)) {
                    holder = node;
                    lease = now + news.trial().toNanos();
                }
            }
            case PASSED -> {
                if (current) {
                    decide(FleetCircuit.State.CLOSED, now);
                }
            }
            case FAILED -> {
                if (current) {
                    open(news, now, nodes);
                    failed = node;
                }
            }
            case RESET -> {
                decide(FleetCircuit.State.RESET, now);
                trips = 0;
                nodes = 0;
            }
        }
    }

    private void witness(int node, CircuitNews news, long now, int alive) {
        evidence.values().removeIf(at -> now - at > TOGETHER);
        evidence.put(node, news.at());
        boolean justClosed = state == FleetCircuit.State.CLOSED && isKnown() && isOnRamp(now);
        int needed = justClosed ? Math.min(nodes + 1, Math.min(alive, MOST_WITNESSES)) : 2;
        if (evidence.size() >= needed) {
            open(news, now, evidence.size());
        }
    }

    private boolean isOnRamp(long now) {
        return now - since < BreakerStatus.RAMP.toNanos();
    }

    private void open(CircuitNews news, long now, int witnesses) {
        int row = isOpen() || isOnRamp(now) ? Math.min(trips, 20) : 0;
        long most = Math.min(
                news.openFor().toNanos() << Math.min(row, 10), news.atMost().toNanos());
        decide(FleetCircuit.State.OPEN, now);
        least = now + most / 2;
        until = least + chance.nextLong(most - most / 2);
        trips = row + 1;
        nodes = witnesses;
    }

    private void decide(FleetCircuit.State next, long now) {
        state = next;
        epoch++;
        since = now;
        least = now;
        until = now;
        holder = NOBODY;
        failed = NOBODY;
        evidence.clear();
    }

    /** Returns it as a node sees it. */
    FleetCircuit view(int node) {
        FleetCircuit.Lease leased = holder == node ? FleetCircuit.Lease.HERE : FleetCircuit.Lease.ELSEWHERE;
        return new FleetCircuit(
                epoch, state, since, least, until, nodes, holder == NOBODY ? FleetCircuit.Lease.NOBODY : leased, lease);
    }
}
