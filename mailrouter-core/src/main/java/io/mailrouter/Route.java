package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.limit.Hold;
import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.route.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One provider with the steps around it, and what is known of it. */
final class Route {

    private final EmailProvider provider;
    private final Surroundings around;
    private final String name;
    private volatile ProviderSettings settings;
    private final EmailListener listener;
    private final ProviderHealth health;
    private final ProviderLimits limits;
    private final Breaker breaker;
    private final GuardedProvider guarded;
    private final LimitedProvider limited;
    private final Object telling = new Object();
    private volatile HealthState lastTold = HealthState.UP;

    /** What all routes of a service share. */
    record Surroundings(
            ExecutorService executor,
            @Nullable Fleet fleet,
            EmailListener listener,
            BreakerSettings breaker,
            Time time,
            RandomGenerator random,
            Pause pause,
            Seldom seldom) {}

    Route(EmailProvider provider, ProviderSettings settings, Surroundings around) {
        this.provider = provider;
        this.around = around;
        this.name = provider.name();
        this.settings = settings;
        this.listener = around.listener();
        this.health = new ProviderHealth(around.time().nanoTime());
        this.limits = new ProviderLimits(name, settings, health, around);
        this.breaker = new Breaker(name, around.breaker(), around.time(), around.random(), change -> tellIfChanged());
        this.guarded = new GuardedProvider(provider, name, around.executor(), around.time());
        GatedProvider recording =
                new RecordingProvider(guarded, name, health, around.fleet(), around.listener(), around.seldom());
        this.limited = new LimitedProvider(
                inTime(new BreakingProvider(recording, breaker)),
                limits,
                new LimitedProvider.Around(around.time(), around.pause(), this::held, this::tellIfChanged));
    }

    String name() {
        return name;
    }

    /** Returns why an email may never go this way, or nothing if it may. */
    Optional<Skipped> barrier(Email email) {
        if (email.deniedProviders().contains(name())
                || !(email.onlyProviders().isEmpty() || email.onlyProviders().contains(name()))) {
            return skip(Skipped.Reason.NOT_ALLOWED, "the email names other providers");
        }
        Set<String> owned = settings.senderDomains();
        if (!owned.isEmpty() && !owned.contains(email.from().domain())) {
            return skip(Skipped.Reason.NOT_OWNER_OF_SENDER, "does not send from this domain");
        }
        try {
            return provider.capabilities().unfit(email).flatMap(why -> skip(Skipped.Reason.NOT_CAPABLE, why));
        } catch (Throwable defect) {
            return skip(
                    Skipped.Reason.DEFECT,
                    "its capabilities threw a " + defect.getClass().getSimpleName());
        }
    }

    private Optional<Skipped> skip(Skipped.Reason reason, String detail) {
        return Optional.of(new Skipped(name(), reason, detail, Optional.empty()));
    }

    /**
     * Returns why an email may not go this way now, or nothing if it may. Has no effect: whoever is let through here may
     * still be passed over when its turn comes.
     */
    Optional<Skipped> gate(Email email) {
        Breaker.Status status = breaker.status();
        if (breaker.isLeftAlone()) {
            return Optional.of(
                    new Skipped(name(), Skipped.Reason.OPEN, "open after failures", Optional.of(status.until())));
        }
        return limits.closed(email).map(why -> new Skipped(name(), why.reason(), why.detail(), why.until()));
    }

    /**
     * Returns how soon this way opens by itself for an email, if it is closed for a moment only: a rate, a full bulkhead
     * or a short pause, and nothing else.
     */
    Optional<Duration> opensIn(Email email) {
        return barrier(email).isPresent() || breaker.isLeftAlone() ? Optional.empty() : limits.opensIn(email);
    }

    /** Returns what is known of this provider now. */
    Candidate candidate() {
        return Candidate.named(name)
                .latencyNanos(health.latency().toNanos())
                .inFlight(limits.inFlight())
                .weight(settings.weight())
                .cost(settings.cost().doubleValue())
                .quotaPressure(limits.quotas.pressure())
                .build();
    }

    GatedProvider.Answer send(Email email, Attempt.Context context, Duration patience) {
        GatedProvider.Answer answer = limited.send(email, context, patience);
        if (lastTold != HealthState.UP) {
            tellIfChanged();
        }
        return answer;
    }

    /** Makes one request with many emails behind the gates of a single one, which it passes once. */
    GatedProvider.Answer send(BulkRequest request, Attempt.Context context, Duration patience) {
        GatedProvider recording = new BulkRecording(guarded.around(request), request, name, health, around);
        GatedProvider.Answer answer = limited.around(inTime(new BreakingProvider(recording, breaker)), request)
                .send(request.entries().get(0).email(), context, patience);
        if (lastTold != HealthState.UP) {
            tellIfChanged();
        }
        return answer;
    }

    /** Returns the provider, if it can take many emails in one request. */
    Optional<BulkEmailProvider> bulk() {
        return provider instanceof BulkEmailProvider many ? Optional.of(many) : Optional.empty();
    }

    /** The provider's own bound on an attempt counts from when its turn has come. */
    private GatedProvider inTime(GatedProvider next) {
        return (email, context, patience) -> next.send(email, bounded(context), patience);
    }

    private Attempt.Context bounded(Attempt.Context context) {
        return settings.timeout()
                .filter(timeout -> timeout.compareTo(context.remaining()) < 0)
                .map(timeout -> new Attempt.Context(
                        context.reference(),
                        context.number(),
                        around.time().nanos() + timeout.toNanos(),
                        around.time().nanoTime()))
                .orElse(context);
    }

    /** Returns until when this way is closed for an email, if it is. */
    Optional<Instant> closedUntil(Email email) {
        Optional<Instant> limited = limits.closed(email).flatMap(GatedProvider.Answer.PassedOver::until);
        Breaker.Status status = breaker.status();
        return status.isOpen() && limited.filter(u -> u.isAfter(status.until())).isEmpty()
                ? Optional.of(status.until())
                : limited;
    }

    /** Takes over what was found at the service; the stricter one of this and what is configured counts. */
    void found(AccountLimits found) {
        limits.found(found);
    }

    /** Returns which share of its usual emails this provider gets while it is new. */
    double share() {
        return limits.quotas.share();
    }

    ProviderLimits limits() {
        return limits;
    }

    private void held(Hold hold) {
        tellIfChanged();
    }

    private void tellIfChanged() {
        ProviderStatus.Health now;
        HealthState before;
        synchronized (telling) {
            now = state();
            before = lastTold;
            lastTold = now.state();
        }
        if (before != now.state()) {
            listener.on(new EmailEvent.ProviderStateChanged(
                    name(), before.word(), now.state().word(), now.reason()));
        }
    }

    ProviderStatus.Health state() {
        Breaker.Status status = breaker.status();
        if (status.isOpen()) {
            return new ProviderStatus.Health(
                    HealthState.DOWN, "left alone after failures", status.since(), Optional.of(status.until()));
        }
        return limits.health()
                .orElseGet(() -> status.isClosed()
                        ? new ProviderStatus.Health(HealthState.UP, "", status.since(), Optional.empty())
                        : new ProviderStatus.Health(
                                HealthState.DEGRADED, "on trial after failures", status.since(), Optional.empty()));
    }

    ProviderHealth health() {
        return health;
    }

    int inFlight() {
        return limits.inFlight();
    }

    /** Returns how long the service recognises a repeated request; a provider that cannot say so gets none. */
    Optional<Duration> idempotencyWindow() {
        try {
            return provider.capabilities().idempotencyWindow();
        } catch (Throwable defect) {
            return Optional.empty();
        }
    }

    /** Returns whether within the time given no call was under way any more. */
    boolean awaitIdle(Duration time) throws InterruptedException {
        return limits.awaitIdle(time);
    }

    /** Interrupts calls that outlast their attempts. */
    void cancel() {
        guarded.cancel();
    }

    void close() {
        provider.close();
    }
}
