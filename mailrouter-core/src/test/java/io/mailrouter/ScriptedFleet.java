package io.mailrouter;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Knows what it is told to about one provider, and remembers what it was told. */
final class ScriptedFleet implements Fleet {

    private final Time time;
    private final String provider;
    final List<CircuitNews> news = new CopyOnWriteArrayList<>();
    final List<FleetHold> holds = new CopyOnWriteArrayList<>();
    private volatile FleetSnapshot snapshot = FleetSnapshot.none();

    ScriptedFleet(Time time, String provider) {
        this.time = time;
        this.provider = provider;
    }

    /** Returns an open circuit that has just begun, for 10 s, with 5 s for those in need. */
    FleetCircuit open(long epoch) {
        long now = time.nanos();
        return new FleetCircuit(
                epoch,
                FleetCircuit.State.OPEN,
                now,
                now + Duration.ofSeconds(5).toNanos(),
                now + Duration.ofSeconds(10).toNanos(),
                2,
                FleetCircuit.Lease.NOBODY,
                now);
    }

    /** Returns the same circuit with a lease of 30 s from now on. */
    FleetCircuit leased(FleetCircuit open, FleetCircuit.Lease lease) {
        return new FleetCircuit(
                open.epoch(),
                open.state(),
                open.since(),
                open.inNeedFrom(),
                open.until(),
                open.nodes(),
                lease,
                time.nanos() + Duration.ofSeconds(30).toNanos());
    }

    /** Returns one that has just ended. */
    FleetCircuit ended(long epoch, FleetCircuit.State state) {
        long now = time.nanos();
        return new FleetCircuit(epoch, state, now, now, now, 2, FleetCircuit.Lease.NOBODY, now);
    }

    /** Knows this from now on. */
    FleetSnapshot knows(FleetCircuit circuit) {
        return show(true, Map.of(provider, circuit), Map.of());
    }

    /** Knows a hold that has so much time left. */
    FleetSnapshot knowsHold(HealthState state, Duration left) {
        long now = time.nanos();
        FleetHold hold = new FleetHold(state, "told", now, now + left.toNanos());
        return show(true, Map.of(), Map.of(provider, hold));
    }

    /** Knows nothing, as one whose store was wiped. */
    FleetSnapshot knowsNothing() {
        return show(true, Map.of(), Map.of());
    }

    private FleetSnapshot show(boolean connected, Map<String, FleetCircuit> circuits, Map<String, FleetHold> kept) {
        snapshot = new FleetSnapshot(connected, 3, Map.of(), Map.of(), circuits, kept, time.nanos());
        return snapshot;
    }

    /** Has lost its store, and still knows what it knew. */
    FleetSnapshot isAway() {
        FleetSnapshot last = snapshot;
        snapshot = new FleetSnapshot(
                false, last.nodes(), Map.of(), Map.of(), last.circuits(), last.holds(), last.takenAt());
        return snapshot;
    }

    List<CircuitNews.Kind> kinds() {
        return news.stream().map(CircuitNews::kind).toList();
    }

    @Override
    public void register(String name) {}

    @Override
    public void record(String name, Signal signal, Duration elapsed, int recipients) {}

    @Override
    public void circuit(String name, CircuitNews happened) {
        if (name.equals(provider)) {
            news.add(happened);
        }
    }

    @Override
    public void hold(String name, FleetHold hold) {
        if (name.equals(provider)) {
            holds.add(hold);
        }
    }

    @Override
    public FleetSnapshot snapshot() {
        return snapshot;
    }

    @Override
    public void close() {}
}
