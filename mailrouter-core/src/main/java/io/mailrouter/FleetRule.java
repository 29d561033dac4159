package io.mailrouter;

import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetSnapshot;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the fleet has decided about one provider, as this node has heard it last, and what this node tells the fleet. Its
 * questions may be asked by any thread; whatever changes it is for the breaker, under its lock.
 */
final class FleetRule {

    /** Whoever has not heard of the fleet for so long is by itself; sooner when it knows that the store is away. */
    private static final Duration SILENT = Duration.ofSeconds(15);

    private static final Duration AWAY = Duration.ofSeconds(5);

    /** The time to try is asked for at most so often. */
    private static final Duration ASK_EVERY = Duration.ofSeconds(1);

    /** No node has the right to try for longer, or one that dies would keep the provider out. */
    private static final Duration LONGEST_LEASE = Duration.ofSeconds(30);

    /** When so many nodes could have tried and none did, for want of emails, any may: then there are few to pay for it. */
    private static final int STARVED_LEASES = 2;

    private final String provider;
    private final @Nullable Fleet fleet;
    private final BreakerSettings settings;
    private final Time time;
    private final Seldom seldom;
    private final Duration lease;
    private volatile Heard heard = new Heard(Optional.empty(), false, 0, false);
    private final long begun;
    private long followed;
    private long asked;
    private boolean hasAsked;

    private record Heard(Optional<FleetCircuit> circuit, boolean connected, long takenAt, boolean any) {

        boolean isOutdated(long now) {
            long age = now - takenAt;
            return age > SILENT.toNanos() || (!connected && age > AWAY.toNanos());
        }
    }

    FleetRule(String provider, @Nullable Fleet fleet, BreakerSettings settings, Time time, Seldom seldom) {
        this.provider = provider;
        this.fleet = fleet;
        this.settings = settings;
        this.time = time;
        this.seldom = seldom;
        this.begun = time.nanos();
        this.lease = settings.maxTrial().compareTo(LONGEST_LEASE) < 0 ? settings.maxTrial() : LONGEST_LEASE;
    }

    /** Takes over what the fleet says, and returns its decision if it is a newer one than all before. */
    Optional<FleetCircuit> hear(FleetSnapshot snapshot) {
        Heard last = heard;
        boolean exchanged = snapshot.nodes() > 0;
        if (!exchanged || (last.any && snapshot.takenAt() - last.takenAt < 0)) {
            return Optional.empty();
        }
        // A store that has lost what it knew unsays nothing.
        Optional<FleetCircuit> circuit = Optional.ofNullable(snapshot.circuits().get(provider))
                .filter(now -> now.epoch() >= followed)
                .or(last::circuit);
        heard = new Heard(circuit, snapshot.connected(), snapshot.takenAt(), true);
        Optional<FleetCircuit> newer = circuit.filter(now -> now.epoch() > followed);
        newer.ifPresent(now -> followed = now.epoch());
        // What an operator has ordered before this node was there is no order to it.
        return newer.filter(now -> now.state() != FleetCircuit.State.RESET || now.since() - begun > 0);
    }

    /** Says whether the fleet leaves the provider alone. */
    boolean isOpen() {
        return heard.circuit.isPresent() && heard.circuit.get().isOpen();
    }

    /**
     * Says whether this node must not try an open one, because the fleet lets another do so. Without word from the fleet
     * it may, as by itself.
     */
    boolean forbids(long now) {
        Heard last = heard;
        if (last.circuit.isEmpty()) {
            return false;
        }
        FleetCircuit circuit = last.circuit.get();
        return circuit.isOpen()
                && !circuit.isLeasedHere(now)
                && !last.isOutdated(now)
                && now - circuit.until() - STARVED_LEASES * lease.toNanos() < 0;
    }

    /** Asks to be the one that tries, unless another is. Does not wait. */
    void ask(long now) {
        boolean taken = heard.circuit.filter(c -> c.isLeasedElsewhere(now)).isPresent();
        if (!taken && forbids(now) && (!hasAsked || now - asked >= ASK_EVERY.toNanos())) {
            asked = now;
            hasAsked = true;
            tell(CircuitNews.Kind.WANTED);
        }
    }

    /**
     * Tells the fleet how this node's trial has ended, or its probe. One that this node has begun by its own evidence, which
     * no other has seen, tells of failures only: they may be the second evidence.
     */
    void tellTrial(boolean passed) {
        if (isOpen()) {
            tell(passed ? CircuitNews.Kind.PASSED : CircuitNews.Kind.FAILED);
        } else if (!passed) {
            tell(CircuitNews.Kind.OPENED);
        }
    }

    /** Tells the fleet what has happened. Does not wait. */
    void tell(CircuitNews.Kind kind) {
        if (fleet != null) {
            CircuitNews news =
                    new CircuitNews(kind, followed, time.nanos(), settings.openFor(), settings.maxOpenFor(), lease);
            seldom.guard("fleet", () -> fleet.circuit(provider, news));
        }
    }
}
