package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetHold;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.Holds;
import io.mailrouter.limit.LeasedQuotas;
import io.mailrouter.limit.QuotaUse;
import io.mailrouter.limit.Quotas;
import io.mailrouter.limit.RateLimiter;
import io.mailrouter.limit.SharedLimits;
import io.mailrouter.limit.SharedRate;
import io.mailrouter.provider.AccountLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What one provider is held to, and what that means for an email now. Its questions have no effect. */
final class ProviderLimits {

    /** A longer pause is for other providers to fill (PROVIDERS.md, section 2). */
    private static final Duration LONGEST_HOLD_TO_WAIT_FOR = Duration.ofMillis(500);

    /** Others hear of a hold with their next exchange, which is about a second away. */
    private static final Duration WORTH_TELLING = Duration.ofSeconds(1);

    private static final Optional<SharedRate.Turn> AT_ONCE = Optional.of(new SharedRate.Turn(Duration.ZERO, () -> {}));

    private final String name;
    private final Time time;
    private final @Nullable Fleet fleet;
    private final ProviderHealth health;
    private final Seldom seldom;
    private final int maxInFlight;
    final Holds holds;
    final Quotas quotas;
    final RateLimiter rate;
    private final @Nullable LeasedQuotas leases;
    private final @Nullable SharedRate turns;
    private volatile @Nullable FleetSnapshot heard;
    final Semaphore places;
    private final ReentrantLock leaving = new ReentrantLock();
    private final Condition idle = leaving.newCondition();

    ProviderLimits(String name, ProviderSettings settings, ProviderHealth health, Route.Surroundings around) {
        this.name = name;
        this.time = around.time();
        this.fleet = around.fleet();
        this.health = health;
        this.seldom = around.seldom();
        this.maxInFlight = settings.maxInFlight();
        this.holds = new Holds(time.clock(), time.nanoTime(), around.random());
        this.quotas = new Quotas(
                settings.dailyQuota(), settings.monthlyQuota(), settings.warmUp(), time.clock(), time.nanoTime());
        this.rate = new RateLimiter(settings.rate(), time.nanoTime());
        if (fleet instanceof SharedLimits shared) {
            SharedLimits guarded = new GuardedLimits(shared, seldom);
            this.leases = new LeasedQuotas(quotas, name, guarded, rate::perSecond, time.nanoTime());
            this.turns = new SharedRate(rate, name, guarded, time.nanoTime());
        } else {
            this.leases = null;
            this.turns = null;
        }
        // Fair, so that nobody who comes later is served before those who wait.
        this.places = new Semaphore(maxInFlight, true);
    }

    /** Keeps to other settings from now on; what is used stays used. */
    void configure(ProviderSettings settings) {
        rate.configure(settings.rate());
        quotas.configure(settings.dailyQuota(), settings.monthlyQuota(), settings.warmUp());
    }

    /** Asks the fleet for a first part of the quotas. Does not wait for it. */
    void begin() {
        if (leases != null) {
            leases.begin();
        }
    }

    /** Gives back what the fleet has granted. */
    void end() {
        if (leases != null) {
            leases.close();
        }
    }

    /** Counts recipients before a call, or says why not; asks the fleet where that decides. */
    Quotas.Taken take(long recipients, Duration patience) throws InterruptedException {
        hearFleet();
        return leases == null ? quotas.take(recipients) : leases.take(recipients, patience);
    }

    /** Ends a call. Returns whether a quota is used up. */
    boolean settle(Quotas.Taken.Recipients taken, long used) {
        return leases == null ? quotas.settle(taken.own(), used) : leases.settle(taken, used);
    }

    /** Returns a turn, unless it is further away than that; asks the fleet where that decides. */
    Optional<SharedRate.Turn> turn(long recipients, Duration atMost) throws InterruptedException {
        if (turns != null) {
            return turns.take(recipients, atMost);
        }
        return rate.isBounded()
                ? rate.reserve(recipients, atMost)
                        .map(slot -> new SharedRate.Turn(slot.in(), () -> rate.giveBack(slot)))
                : AT_ONCE;
    }

    private Duration turnIn(long recipients) {
        return turns == null ? rate.opensIn(recipients) : turns.opensIn(recipients);
    }

    /** Forgets what the provider's answers have caused. */
    void forget() {
        holds.forget();
        rate.forgetPauses();
    }

    /** Takes over what was found at the service; the stricter one of this and what is configured counts. */
    void found(AccountLimits limits) {
        rate.found(limits.ratePerSecond());
        quotas.found(limits.per24Hours(), limits.sentLast24Hours());
        if (leases != null && limits.per24Hours().isPresent()) {
            leases.found(limits.sentLast24Hours());
        }
    }

    /** Takes over what the other nodes have used, as of the last exchange with them. */
    void hearFleet() {
        if (fleet != null && (quotas.isBounded() || turns != null)) {
            seldom.guard("fleet", () -> hearUse(fleet.snapshot()));
        }
    }

    @SuppressWarnings("ReferenceEquality")
    private void hearUse(FleetSnapshot snapshot) {
        if (snapshot != heard && snapshot.nodes() > 0 && leases != null && turns != null) {
            heard = snapshot;
            leases.heard(snapshot.takenAt(), snapshot.nodes());
            turns.heard(snapshot.takenAt(), snapshot.nodes());
        }
        if (!quotas.isBounded()) {
            return;
        }
        snapshot.provider(name)
                .ifPresent(all -> quotas.heard(snapshot.takenAt(), all.usedToday(), all.usedThisMonth()));
    }

    /** Tells the fleet of a hold that has begun here. One that ends before the others hear of it is not worth it. */
    void share(Hold hold) {
        long now = time.nanos();
        if (fleet != null && hold.kind().isForAll() && hold.deadline() - now >= WORTH_TELLING.toNanos()) {
            FleetHold shared = new FleetHold(state(hold.kind()), hold.code(), now, hold.deadline());
            seldom.guard("fleet", () -> fleet.hold(name, shared));
        }
    }

    /** Takes over a hold of the fleet, and returns it if it is new. */
    Optional<Hold> hear(FleetSnapshot snapshot) {
        FleetHold shared = snapshot.holds().get(name);
        return shared == null ? Optional.empty() : holds.hear(kind(shared.state()), shared.code(), shared.until());
    }

    private static Hold.Kind kind(HealthState state) {
        return switch (state) {
            case THROTTLED -> Hold.Kind.THROTTLED;
            case QUOTA_EXHAUSTED -> Hold.Kind.QUOTA_EXHAUSTED;
            default -> Hold.Kind.MISCONFIGURED;
        };
    }

    /** Returns why an email would be passed over now. */
    Optional<GatedProvider.Answer.PassedOver> closed(Email email) {
        Optional<GatedProvider.Answer.PassedOver> held = held(email);
        if (held.isPresent()) {
            return held;
        }
        hearFleet();
        Optional<QuotaUse> quota = quotas.refusing(email.recipientCount());
        if (quota.isPresent()) {
            return Optional.of(quotaUsed(quota.get()));
        }
        if (places.availablePermits() <= 0) {
            return Optional.of(busy());
        }
        return turnIn(email.recipientCount()).isZero()
                ? Optional.empty()
                : Optional.of(rateLimited(email.recipientCount()));
    }

    /** Returns how soon an email may pass if it only has to wait a moment: zero where it need not. */
    Optional<Duration> opensIn(Email email) {
        Optional<Duration> hold = shortHold(email);
        if ((hold.isEmpty() && held(email).isPresent())
                || quotas.refusing(email.recipientCount()).isPresent()) {
            return Optional.empty();
        }
        Duration turn = turnIn(email.recipientCount());
        return Optional.of(longer(hold.orElse(Duration.ZERO), longer(turn, placeIn())));
    }

    /** Returns about when a place is free for one more: a call ends that often, and those who wait come first. */
    private Duration placeIn() {
        return places.availablePermits() > 0
                ? Duration.ZERO
                : health.latency().multipliedBy(places.getQueueLength() + 1L).dividedBy(maxInFlight);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    /** Returns how much longer a pause lasts for which it is worth waiting. */
    Optional<Duration> shortHold(Email email) {
        Optional<Hold> hold = holds.on(email.from().domain());
        if (hold.isEmpty() || hold.get().kind() != Hold.Kind.THROTTLED) {
            return Optional.empty();
        }
        long left = Math.max(1, hold.get().deadline() - time.nanos());
        return left <= LONGEST_HOLD_TO_WAIT_FOR.toNanos() ? Optional.of(Duration.ofNanos(left)) : Optional.empty();
    }

    Optional<GatedProvider.Answer.PassedOver> held(Email email) {
        return holds.on(email.from().domain())
                .map(hold -> new GatedProvider.Answer.PassedOver(
                        Skipped.Reason.HELD, hold.kind().word() + ": " + hold.code(), Optional.of(hold.until())));
    }

    static GatedProvider.Answer.PassedOver quotaUsed(QuotaUse quota) {
        return new GatedProvider.Answer.PassedOver(
                Skipped.Reason.QUOTA_USED,
                quota.left() + " of " + quota.limit() + " left, "
                        + quota.window().word(),
                quota.resets());
    }

    static GatedProvider.Answer.PassedOver askingFleet() {
        return new GatedProvider.Answer.PassedOver(
                Skipped.Reason.ASKING_FLEET, "how much is left is not known yet", Optional.empty());
    }

    GatedProvider.Answer.PassedOver busy() {
        return new GatedProvider.Answer.PassedOver(
                Skipped.Reason.BUSY, maxInFlight + " attempts are under way", Optional.empty());
    }

    GatedProvider.Answer.PassedOver rateLimited(long recipients) {
        return new GatedProvider.Answer.PassedOver(
                Skipped.Reason.RATE_LIMITED,
                "as many as it may be asked for in a second",
                Optional.of(time.now().plus(turnIn(recipients))));
    }

    /** Returns what they make of the provider's health, if they do. */
    Optional<ProviderStatus.Health> health() {
        return holds.onAll()
                .map(ProviderLimits::health)
                .or(() -> quotas.usedUp().map(this::health))
                .or(() -> holds.onSomeSender().map(ProviderLimits::health));
    }

    private ProviderStatus.Health health(QuotaUse quota) {
        return new ProviderStatus.Health(
                HealthState.QUOTA_EXHAUSTED,
                "quota used up: " + quota.window().word(),
                quota.usedUpSince().orElseGet(time::now),
                quota.resets(),
                leases == null ? HealthScope.NODE : HealthScope.FLEET);
    }

    private static ProviderStatus.Health health(Hold hold) {
        HealthScope scope = hold.heard() ? HealthScope.FLEET : HealthScope.NODE;
        return new ProviderStatus.Health(
                state(hold.kind()), hold.code(), hold.since(), Optional.of(hold.until()), scope);
    }

    private static HealthState state(Hold.Kind kind) {
        return switch (kind) {
            case THROTTLED -> HealthState.THROTTLED;
            case QUOTA_EXHAUSTED -> HealthState.QUOTA_EXHAUSTED;
            case MISCONFIGURED -> HealthState.MISCONFIGURED;
            case SENDER_MISCONFIGURED -> HealthState.DEGRADED;
        };
    }

    int inFlight() {
        return maxInFlight - places.availablePermits();
    }

    /** Gives a place back. */
    void leave() {
        places.release();
        if (inFlight() == 0) {
            leaving.lock();
            try {
                idle.signalAll();
            } finally {
                leaving.unlock();
            }
        }
    }

    /** Returns whether within the time given no call was under way. Takes no place, so that it holds up nobody. */
    boolean awaitIdle(Duration within) throws InterruptedException {
        long left = within.toNanos();
        leaving.lockInterruptibly();
        try {
            while (inFlight() > 0) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } finally {
            leaving.unlock();
        }
    }
}
