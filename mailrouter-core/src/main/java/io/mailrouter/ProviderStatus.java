package io.mailrouter;

import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.QuotaUse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** How one provider is doing, at the moment of the question. Immutable. */
public final class ProviderStatus {

    private final String name;
    private final HealthState state;
    private final String reason;
    private final Instant since;
    private final Optional<Instant> until;
    private final HealthScope scope;
    private final Duration latency;
    private final long accepted;
    private final long failed;
    private final int inFlight;
    private final OptionalDouble rate;
    private final List<QuotaUse> quotas;
    private final double weight;
    private final List<StandingOrder> orders;
    private final List<Hold> holds;
    private final Optional<FleetSnapshot.Provider> fleet;

    ProviderStatus(Route route, Health health, Optional<FleetSnapshot.Provider> fleet) {
        this.name = route.name();
        this.state = health.state();
        this.reason = health.reason();
        this.since = health.since();
        this.until = health.until();
        this.scope = health.scope();
        this.latency = route.health().latency();
        this.accepted = route.health().accepted();
        this.failed = route.health().failed();
        this.inFlight = route.inFlight();
        this.rate = route.limits().rate.perSecond();
        this.quotas = List.copyOf(route.limits().quotas.uses());
        this.weight = route.weight();
        this.orders = route.orders();
        this.holds = route.limits().holds.now();
        this.fleet = fleet;
    }

    /** The state with its reason, its times and how far it reaches. */
    record Health(HealthState state, String reason, Instant since, Optional<Instant> until, HealthScope scope) {}

    /** Returns the provider's name. */
    public String name() {
        return name;
    }

    /** Returns how it is doing. */
    public HealthState state() {
        return state;
    }

    /** Returns why, for an operator; empty when it is up. */
    public String reason() {
        return reason;
    }

    /** Returns since when. */
    public Instant since() {
        return since;
    }

    /** Returns until when it is left alone, if that is known. */
    public Optional<Instant> until() {
        return until;
    }

    /** Returns whether this node has found that, or the fleet. */
    public HealthScope scope() {
        return scope;
    }

    /** Returns this node's mean time of an accepted attempt, zero before the first. */
    public Duration latency() {
        return latency;
    }

    /** Returns how many attempts this node saw accepted since its start. */
    public long accepted() {
        return accepted;
    }

    /** Returns how many attempts this node saw fail by the provider's fault or with an unknown end since its start. */
    public long failed() {
        return failed;
    }

    /** Returns how many attempts this node has under way. */
    public int inFlight() {
        return inFlight;
    }

    /**
     * Returns how many recipients it is asked for in a second at most, now: less than the rate that was configured or found
     * after it has asked for a pause. Empty if no rate is known.
     */
    public OptionalDouble rate() {
        return rate;
    }

    /** Returns how far its quotas are used, those configured and those found. */
    public List<QuotaUse> quotas() {
        return quotas;
    }

    /**
     * Returns to how many more recipients it may send now by its quotas: what the one has left that leaves least. Empty if
     * it has none.
     */
    public OptionalLong quotaLeft() {
        return quotas.stream().mapToLong(QuotaUse::left).min();
    }

    /** Returns its weight now: the configured one, unless an operator has ordered another. */
    public double weight() {
        return weight;
    }

    /** Returns what operators have ordered about it that counts now, wherever in the fleet. */
    public List<StandingOrder> orders() {
        return orders;
    }

    /**
     * Returns the pauses that its answers have caused, to this node or to another of the fleet, for all that it sends; or
     * for one sender's domain, then to this node.
     */
    public List<Hold> holds() {
        return holds;
    }

    /** Returns what the fleet knows of it, if the service is part of one and has heard from it. */
    public Optional<FleetSnapshot.Provider> fleet() {
        return fleet;
    }

    @Override
    public String toString() {
        return "ProviderStatus[" + name + " is " + state + (reason.isEmpty() ? "" : ": " + reason) + "]";
    }
}
