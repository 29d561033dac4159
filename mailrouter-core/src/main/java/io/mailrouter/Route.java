package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.event.SendTracer;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Order;
import io.mailrouter.health.Outlook;
import io.mailrouter.health.ProviderHealth;
import io.mailrouter.health.StandingOrder;
import io.mailrouter.limit.Hold;
import io.mailrouter.provider.AccountLimits;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Probe;
import io.mailrouter.route.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One provider with the steps around it, and what is known of it. */
final class Route {

    private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

    private final EmailProvider provider;
    private final Surroundings around;
    private final String name;
    private volatile ProviderSettings settings;
    private final EmailListener listener;
    private final ProviderHealth health;
    private final ProviderLimits limits;
    private final Optional<Probe> probe;
    private final Breaker breaker;
    private final GuardedProvider guarded;
    private final LimitedProvider limited;
    private final Object telling = new Object();
    private final Object changing = new Object();
    private volatile HealthState lastTold = HealthState.UP;

    /** What all routes of a service share. */
    record Surroundings(
            ExecutorService executor,
            @Nullable Fleet fleet,
            Switchboard board,
            EmailListener listener,
            SendTracer tracer,
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
        this.probe = probeOf(provider);
        this.breaker = new Breaker(
                name, around.breaker(), probe.isPresent(), around.time(), around.random(), change -> tellIfChanged());
        this.guarded = new GuardedProvider(provider, name, around.executor(), around.time());
        GatedProvider recording = new RecordingProvider(
                traced(guarded, provider), name, health, around.fleet(), around.listener(), around.seldom());
        this.limited = new LimitedProvider(
                inner(recording),
                limits,
                new LimitedProvider.Around(around.time(), around.pause(), this::held, this::tellIfChanged));
        around.board().watch(name, this::tellIfChanged);
    }

    /** The gates that are asked when an attempt has its turn. */
    private GatedProvider inner(GatedProvider recording) {
        return inTime(new BreakingProvider(new SwitchedProvider(recording, name, around.board()), breaker));
    }

    private GatedProvider traced(GuardedProvider attempts, EmailProvider one) {
        return around.tracer() == GuardedTracer.NONE
                ? attempts
                : new TracedProvider(attempts, one, name, around.tracer());
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

    /** A provider that cannot say has none. */
    private Optional<Probe> probeOf(EmailProvider asked) {
        List<Probe> probes = new ArrayList<>(1);
        around.seldom().guard(name, () -> asked.probe().ifPresent(probes::add));
        return probes.stream().findFirst();
    }

    /**
     * Returns why an email may not go this way now, or nothing if it may. Has no effect: whoever is let through here may
     * still be passed over when its turn comes.
     */
    Optional<Skipped> gate(Email email) {
        return gate(email, breaker.isLeftAlone());
    }

    /** As {@link #gate}, for an email that has nobody to try but others on trial. */
    Optional<Skipped> gateInNeed(Email email) {
        return gate(email, !breaker.mayBeTriedInNeed());
    }

    private Optional<Skipped> gate(Email email, boolean leftAlone) {
        Optional<GatedProvider.Answer.PassedOver> stopped = SwitchedProvider.closed(name, around.board());
        if (stopped.isPresent()) {
            return stopped.map(why -> why.by(name));
        }
        if (leftAlone || breaker.isFull()) {
            return Optional.of(BreakingProvider.passedOver(breaker).by(name));
        }
        return limits.closed(email).map(why -> why.by(name));
    }

    /**
     * Returns how soon this way opens by itself for an email, if it is closed for a moment only: a rate, a full bulkhead
     * or a short pause, and nothing else.
     */
    Optional<Duration> opensIn(Email email) {
        boolean shut = barrier(email).isPresent()
                || breaker.isLeftAlone()
                || breaker.isFull()
                || around.board().stop(name).isPresent();
        return shut ? Optional.empty() : limits.opensIn(email);
    }

    /** Returns what is known of this provider now. */
    Candidate candidate(Outlook outlook) {
        return Candidate.named(name)
                .latencyNanos(outlook.latencyNanos(name, health))
                .errorRate(outlook.errorRate(name, health))
                .inFlight(limits.inFlight())
                .weight(weight())
                .cost(settings.cost().doubleValue())
                .quotaPressure(limits.quotas.pressure())
                .slowStart(breaker.slowStart())
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
        GatedProvider recording =
                new BulkRecording(traced(guarded.around(request), request), request, name, health, around);
        GatedProvider.Answer answer = limited.around(inner(recording), request)
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
        Optional<StandingOrder> order = around.board().stop(name);
        if (order.isPresent()) {
            return Optional.of(endOf(order.get()));
        }
        Optional<Instant> limited = limits.closed(email).flatMap(GatedProvider.Answer.PassedOver::until);
        Breaker.Status status = breaker.status();
        return status.isOpen() && limited.filter(u -> u.isAfter(status.until())).isEmpty()
                ? Optional.of(status.until())
                : limited;
    }

    /** Takes over what was found at the service; the stricter one of this and what is configured counts. */
    void found(AccountLimits found) {
        limits.found(found);
        tellIfChanged();
    }

    /** Returns which share of its usual emails this provider gets while it is new. */
    double share() {
        return limits.quotas.share();
    }

    ProviderLimits limits() {
        return limits;
    }

    private void held(Hold hold) {
        listener.on(new EmailEvent.HoldBegan(
                name, hold.kind().word(), hold.code(), hold.senderDomain(), hold.since(), hold.until()));
        tellIfChanged();
    }

    /** An operator may end an order at any time, so nobody is sent away for long because of one. */
    private Instant endOf(StandingOrder order) {
        Instant soon = around.time().now().plus(LOOK_AGAIN);
        return order.until().filter(soon::isAfter).orElse(soon);
    }

    private void tellIfChanged() {
        synchronized (telling) {
            ProviderStatus.Health now = state();
            HealthState before = lastTold;
            lastTold = now.state();
            if (before != now.state()) {
                listener.on(new EmailEvent.ProviderStateChanged(
                        name(), before.word(), now.state().word(), now.reason()));
            }
        }
    }

    ProviderStatus.Health state() {
        return around.board().stop(name).map(Route::stateOf).orElseGet(this::ownState);
    }

    private static ProviderStatus.Health stateOf(StandingOrder order) {
        return order.kind() == Order.Kind.FORCED_OPEN
                ? new ProviderStatus.Health(
                        HealthState.DOWN, "forced open: " + order.reason(), order.since(), order.until())
                : new ProviderStatus.Health(HealthState.DISABLED, order.reason(), order.since(), order.until());
    }

    private ProviderStatus.Health ownState() {
        Breaker.Status status = breaker.status();
        if (breaker.isLeftAlone()) {
            return new ProviderStatus.Health(
                    HealthState.DOWN, "left alone after failures", status.since(), Optional.of(status.until()));
        }
        return limits.health()
                .orElseGet(() -> status.isClosed()
                        ? new ProviderStatus.Health(HealthState.UP, "", status.since(), Optional.empty())
                        : new ProviderStatus.Health(
                                HealthState.DEGRADED, "on trial after failures", status.since(), Optional.empty()));
    }

    double weight() {
        return around.board().weight(name).map(StandingOrder::weight).orElse(settings.weight());
    }

    List<StandingOrder> orders() {
        return Stream.of(around.board().stop(name), around.board().weight(name))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Changes the settings in one piece; what throws changes nothing. */
    void change(Consumer<ProviderSettings> change) {
        synchronized (changing) {
            ProviderSettings next = settings.copy();
            change.accept(next);
            if (next.maxInFlight() != settings.maxInFlight()) {
                throw new IllegalArgumentException(
                        "maxInFlight cannot change while the service runs: it stays " + settings.maxInFlight());
            }
            settings = next.copy();
            limits.configure(settings);
        }
    }

    /** Forgets what closed it: the breaker's failures and the holds. */
    void reset() {
        breaker.reset();
        limits.forget();
        tellIfChanged();
    }

    ProviderHealth health() {
        return health;
    }

    int inFlight() {
        return limits.inFlight();
    }

    /** Begins to ask the provider's probe, if it has one; closing what is returned ends that. */
    Optional<AutoCloseable> probe(Beat beat, Duration pause) {
        Prober.Findings findings = new Prober.Findings(this::found, this::hold);
        return probe.map(asked -> beat.every(
                Prober.TICK, new Prober(name, asked, breaker, findings, pause, around.time(), around.random())));
    }

    /** Holds it as after an email that was refused so. */
    private void hold(Outcome.Misconfigured wrong) {
        limits.holds.after("", wrong).ifPresent(this::held);
    }

    /** Says whether the next emails decide whether it is left alone again. */
    boolean isOnTrial() {
        return breaker.isOnTrial();
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
