package io.mailrouter;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model of a fleet with a shared store: each node adds what it saw about once a second, and takes away what all saw.
 * Counts decay within ten seconds. What happens to a breaker, and a hold, is told at once, and heard by the others with
 * their next exchange. A store that fails is not modelled.
 */
final class SimulatedFleet {

    private static final double TAU_NANOS = 10e9;
    private static final long ON_THE_WIRE = Duration.ofMillis(1).toNanos();

    private final Simulation world;
    private final Duration until;
    private final Map<String, Counts> shared = new TreeMap<>();
    private final Map<String, SimulatedCircuit> circuits = new TreeMap<>();
    private final Map<String, FleetHold> holds = new TreeMap<>();
    private int nodes;

    SimulatedFleet(Simulation world, Duration until) {
        this.world = world;
        this.until = until;
    }

    /** Returns the fleet as a new node sees it. */
    Fleet join(SimulatedChance chance) {
        nodes++;
        Node node = new Node(nodes, chance);
        world.at(chance.nextLong(1_000_000_000), node::exchange);
        return node;
    }

    /** What was seen of one provider. */
    private static final class Counts {
        private double ok;
        private double unavailable;
        private double ambiguous;
        private double throttled;
        private double other;
        private double nanos;
        private long recipients;
        private long at;

        void note(Signal signal, Duration elapsed, int accepted) {
            switch (signal) {
                case OK -> {
                    ok++;
                    nanos += elapsed.toNanos();
                }
                case UNAVAILABLE -> unavailable++;
                case AMBIGUOUS -> ambiguous++;
                case THROTTLED -> throttled++;
                case NONE -> other++;
            }
            recipients += accepted;
        }

        void decay(long now) {
            double factor = StrictMath.exp(-(now - at) / TAU_NANOS);
            ok *= factor;
            unavailable *= factor;
            ambiguous *= factor;
            throttled *= factor;
            other *= factor;
            nanos *= factor;
            at = now;
        }

        void add(Counts more) {
            ok += more.ok;
            unavailable += more.unavailable;
            ambiguous += more.ambiguous;
            throttled += more.throttled;
            other += more.other;
            nanos += more.nanos;
            recipients += more.recipients;
        }

        FleetSnapshot.Provider view() {
            double attempts = ok + unavailable + ambiguous + throttled + other;
            Duration latency = ok > 1e-3 ? Duration.ofNanos((long) (nanos / ok)) : Duration.ZERO;
            return new FleetSnapshot.Provider(
                    attempts, ok, unavailable, ambiguous, throttled, latency, recipients, recipients);
        }
    }

    private final class Node implements Fleet {

        private final int number;
        private final SimulatedChance chance;
        private final Map<String, Counts> own = new TreeMap<>();
        private volatile FleetSnapshot snapshot = FleetSnapshot.none();

        Node(int number, SimulatedChance chance) {
            this.number = number;
            this.chance = chance;
        }

        void exchange() {
            exchangeOnce();
            if (world.passed().compareTo(until) < 0) {
                world.at(world.passedNanos() + chance.nextLong(800_000_000, 1_200_000_000), this::exchange);
            }
        }

        private void exchangeOnce() {
            Map<String, FleetSnapshot.Provider> views = new TreeMap<>();
            own.forEach((provider, seen) -> {
                Counts all = shared.computeIfAbsent(provider, p -> new Counts());
                all.decay(world.passedNanos());
                all.add(seen);
                views.put(provider, all.view());
            });
            own.replaceAll((provider, seen) -> new Counts());
            Map<String, FleetCircuit> seen = new TreeMap<>();
            circuits.forEach((provider, circuit) -> {
                if (circuit.isKnown()) {
                    seen.put(provider, circuit.view(number));
                }
            });
            snapshot = new FleetSnapshot(
                    true, nodes, views, Map.of(), seen, holds, world.time().nanos());
        }

        @Override
        public void circuit(String provider, CircuitNews news) {
            world.at(world.passedNanos() + ON_THE_WIRE, () -> {
                circuits.computeIfAbsent(provider, p -> new SimulatedCircuit(chance))
                        .hear(number, news, world.time().nanos(), nodes);
                exchangeOnce();
            });
        }

        @Override
        public void hold(String provider, FleetHold hold) {
            world.at(
                    world.passedNanos() + ON_THE_WIRE,
                    () -> holds.merge(provider, hold, (old, next) -> old.until() - next.until() >= 0 ? old : next));
        }

        @Override
        public void register(String provider) {
            own.put(provider, new Counts());
        }

        @Override
        public void record(String provider, Signal signal, Duration elapsed, int recipients) {
            own.get(provider).note(signal, elapsed, recipients);
        }

        @Override
        public FleetSnapshot snapshot() {
            return snapshot;
        }

        @Override
        public void close() {}
    }
}
