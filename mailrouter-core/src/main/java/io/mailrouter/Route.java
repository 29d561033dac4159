package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.event.SendTracer;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
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
    private final Optional<Probe> probe;
    private final Breaker breaker;
    private final GuardedProvider guarded;
    private final LimitedProvider limited;
    private final Gates gates;
    private final Bulletin bulletin;
    private final Object changing = new Object();

    /** What all routes of a service share. */
    record Surroundings(
            ExecutorService executor,
            @Nullable Fleet fleet,
            Switchboard board,
            Audience listener,
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
                name,
                around.breaker(),
                new FleetRule(name, around.fleet(), around.breaker(), around.time(), around.seldom()),
                probe.isPresent(),
                around.time(),
                around.random(),
                change -> tellChange());
        this.guarded = new GuardedProvider(provider, name, around.executor(), around.time());
        GatedProvider recording = new RecordingProvider(
                seen(traced(guarded, provider)), name, health, around.fleet(), around.listener(), around.seldom());
        this.limited = new LimitedProvider(
                inner(recording),
                limits,
                new LimitedProvider.Around(around.time(), around.pause(), this::held, this::tellChange));
        this.gates = new Gates(provider, name, breaker, limits, around);
        this.bulletin = new Bulletin(name, breaker, limits, around);
        around.board().watch(name, this::tellChange);
        around.board().listen(this::hear);
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

    /** A call that hangs is to be seen before it ends. */
    private GatedProvider seen(GatedProvider next) {
        return (email, context) -> {
            health.begin();
            GatedProvider.Answer answer = null;
            try {
                answer = next.send(email, context);
            } finally {
                end(answer);
            }
            return answer;
        };
    }

    private void end(GatedProvider.@Nullable Answer answer) {
        if (answer instanceof GatedProvider.Answer.Tried tried) {
            health.end(tried.outcome(), tried.elapsed());
        } else {
            health.end();
        }
    }

    String name() {
        return name;
    }

    /** Returns why an email may never go this way, or nothing if it may. */
    Optional<Skipped> barrier(Email email) {
        return gates.barrier(email, settings.senderDomains());
    }

    Gates gates() {
        return gates;
    }

    /** A provider that cannot say has none. */
    private Optional<Probe> probeOf(EmailProvider asked) {
        List<Probe> probes = new ArrayList<>(1);
        around.seldom().guard(name, () -> asked.probe().ifPresent(probes::add));
        return probes.stream().findFirst();
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
                .slowStart(breaker.status().slowStart(outlook.at()))
                .build();
    }

    GatedProvider.Answer send(Email email, Attempt.Context context, Duration patience) {
        GatedProvider.Answer answer = limited.send(email, context, patience);
        bulletin.lookForBetter();
        return answer;
    }

    /** Makes one request with many emails behind the gates of a single one, which it passes once. */
    GatedProvider.Answer send(BulkRequest request, Attempt.Context context, Duration patience) {
        GatedProvider recording =
                new BulkRecording(seen(traced(guarded.around(request), request)), request, name, health, around);
        GatedProvider.Answer answer = limited.around(inner(recording), request)
                .send(request.entries().get(0).email(), context, patience);
        bulletin.lookForBetter();
        return answer;
    }

    /** Returns the provider, if it can take many emails in one request. */
    Optional<BulkEmailProvider> bulk() {
        return provider instanceof BulkEmailProvider many ? Optional.of(many) : Optional.empty();
    }

    /** The provider's own bound on an attempt counts from when its turn has come. */
    private GatedProvider inTime(GatedProvider next) {
        return (email, context) -> next.send(email, bounded(context));
    }

    private Attempt.Context bounded(Attempt.Context context) {
        Optional<Duration> timeout = settings.timeout();
        return timeout.isEmpty() || timeout.get().compareTo(context.remaining()) >= 0
                ? context
                : new Attempt.Context(
                        context.reference(),
                        context.number(),
                        around.time().nanos() + timeout.get().toNanos(),
                        around.time().nanoTime());
    }

    /** Takes over what was found at the service; the stricter one of this and what is configured counts. */
    void found(AccountLimits found) {
        limits.found(found);
        tellChange();
    }

    /** Returns which share of its usual emails this provider gets while it is new. */
    double share() {
        return limits.quotas.share();
    }

    ProviderLimits limits() {
        return limits;
    }

    private void held(Hold hold) {
        limits.share(hold);
        tellHeld(hold);
    }

    /** Takes over what the fleet knows: whether it leaves this provider alone, and for how long it was asked to. */
    private void hear(FleetSnapshot snapshot) {
        if (breaker.hear(snapshot)) {
            limits.forget();
        }
        limits.hear(snapshot).ifPresent(this::tellHeld);
    }

    /** Says that an email was passed over that could have gone this way, were it not for the breaker. */
    void miss(boolean inNeed) {
        breaker.miss(inNeed);
    }

    private void tellHeld(Hold hold) {
        listener.on(new EmailEvent.HoldBegan(
                name, hold.kind().word(), hold.code(), hold.senderDomain(), hold.since(), hold.until()));
        tellChange();
    }

    private void tellChange() {
        bulletin.tellChange();
    }

    /** Returns how it is doing now. */
    ProviderStatus.Health state() {
        return bulletin.now();
    }

    double weight() {
        Optional<StandingOrder> ordered = around.board().weight(name);
        return ordered.isPresent() ? ordered.get().weight() : settings.weight();
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

    /** Forgets what has been seen of it: the breaker's failures, latency and error rate, and the holds. */
    void reset() {
        around.board().hear();
        breaker.reset();
        health.forget();
        limits.forget();
        tellChange();
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
        return probe.map(asked -> {
            Prober prober = new Prober(name, asked, breaker, findings, pause, around.time(), around.random());
            return beat.every(Prober.TICK, () -> {
                around.board().hear();
                prober.run();
            });
        });
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

    /** Asks the fleet for a first part of its limits. Does not wait for it. */
    void begin() {
        limits.begin();
    }

    void close() {
        limits.end();
        provider.close();
    }
}
