package io.mailrouter.micrometer;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.HealthState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Counts and times what a service does, in Micrometer.
 *
 * <pre>{@code
 * EmailMetrics metrics = new EmailMetrics(registry);
 * EmailService emails = EmailService.builder().provider(...).listener(metrics).build();
 * metrics.watch(emails);
 * }</pre>
 *
 * <table>
 * <caption>The meters; times are in the registry's unit, Prometheus shows seconds</caption>
 * <tr><th>name</th><th>kind</th><th>tags</th></tr>
 * <tr><td>{@code mailrouter.send}</td><td>timer</td><td>{@code outcome}: a send's result</td></tr>
 * <tr><td>{@code mailrouter.attempt}</td><td>timer</td><td>{@code provider}, {@code outcome}</td></tr>
 * <tr><td>{@code mailrouter.attempt.late}</td><td>timer</td><td>{@code provider}, {@code outcome}: of calls that ended
 *     after their attempt had</td></tr>
 * <tr><td>{@code mailrouter.failover}</td><td>counter</td><td>{@code from}, {@code to}, {@code reason}</td></tr>
 * <tr><td>{@code mailrouter.idempotency}</td><td>counter</td><td>{@code result}: what a key stood for</td></tr>
 * <tr><td>{@code mailrouter.provider.state}</td><td>gauge, 1 or 0</td><td>{@code provider}, {@code state}</td></tr>
 * <tr><td>{@code mailrouter.provider.state.changes}</td><td>counter</td><td>{@code provider}, {@code to}</td></tr>
 * <tr><td>{@code mailrouter.provider.latency}</td><td>gauge</td><td>{@code provider}</td></tr>
 * <tr><td>{@code mailrouter.provider.inflight}</td><td>gauge</td><td>{@code provider}</td></tr>
 * <tr><td>{@code mailrouter.events.lost}</td><td>counter</td><td>none: events that a listener threw at or had no room
 *     for</td></tr>
 * </table>
 *
 * <p>Safe to share between threads; never blocks. The number of meters is bounded: tags are words of this library,
 * provider names, and at most 50 reasons, beyond which {@code reason} is {@code other}.
 */
public final class EmailMetrics implements EmailListener {

    private static final int MAX_REASONS = 50;

    private final MeterRegistry registry;
    private final Map<String, Timer> sends = new ConcurrentHashMap<>();
    private final Map<Attempted, Timer> attempts = new ConcurrentHashMap<>();
    private final Set<String> reasons = new HashSet<>();

    private record Attempted(String provider, String outcome) {}

    /** Begins to record into a registry, which is not closed by this. */
    public EmailMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Adds the gauges of a service's providers and its count of lost events. The service is not kept alive by them. */
    public void watch(EmailService emails) {
        FunctionCounter.builder("mailrouter.events.lost", emails, EmailService::lostEvents)
                .description("Events that a listener threw at or had no room for")
                .register(registry);
        for (ProviderStatus status : emails.providers()) {
            String name = status.name();
            for (HealthState state : HealthState.values()) {
                gauge("mailrouter.provider.state", emails, name, s -> s.state() == state ? 1 : 0)
                        .description("1 for the state that the provider is in")
                        .tag("state", state.word())
                        .register(registry);
            }
            gauge("mailrouter.provider.inflight", emails, name, ProviderStatus::inFlight)
                    .description("Attempts under way on this node")
                    .register(registry);
            TimeGauge.builder(
                            "mailrouter.provider.latency",
                            emails,
                            TimeUnit.NANOSECONDS,
                            e -> value(e, name, s -> s.latency().toNanos()))
                    .description("Mean time of an accepted attempt on this node")
                    .tag("provider", name)
                    .register(registry);
        }
    }

    private static Gauge.Builder<EmailService> gauge(
            String meter, EmailService emails, String provider, ToDoubleFunction<ProviderStatus> value) {
        return Gauge.builder(meter, emails, e -> value(e, provider, value)).tag("provider", provider);
    }

    private static double value(EmailService emails, String provider, ToDoubleFunction<ProviderStatus> value) {
        Optional<ProviderStatus> status = emails.providers().stream()
                .filter(s -> s.name().equals(provider))
                .findFirst();
        return status.map(s -> value.applyAsDouble(s)).orElse(Double.NaN);
    }

    @Override
    public void on(EmailEvent event) {
        if (event instanceof EmailEvent.SendEnded end) {
            sends.computeIfAbsent(end.result(), this::sendTimer).record(end.elapsed());
        } else if (event instanceof EmailEvent.AttemptEnded end) {
            Attempted attempted = new Attempted(end.provider(), end.outcome());
            attempts.computeIfAbsent(attempted, this::attemptTimer).record(end.elapsed());
        } else if (event instanceof EmailEvent.LateResult late) {
            Timer.builder("mailrouter.attempt.late")
                    .description("Calls that ended after their attempt had, by provider and by what they came to")
                    .tag("provider", late.provider())
                    .tag("outcome", late.outcome())
                    .register(registry)
                    .record(late.elapsed());
        } else if (event instanceof EmailEvent.FailedOver over) {
            failover(over).increment();
        } else if (event instanceof EmailEvent.KeyClaimed claim) {
            Counter.builder("mailrouter.idempotency")
                    .description("Sends with an idempotency key, by what the key stood for")
                    .tag("result", claim.result())
                    .register(registry)
                    .increment();
        } else if (event instanceof EmailEvent.ProviderStateChanged change) {
            Counter.builder("mailrouter.provider.state.changes")
                    .description("How often the provider entered a state")
                    .tag("provider", change.provider())
                    .tag("to", change.to())
                    .register(registry)
                    .increment();
        }
    }

    private Timer sendTimer(String outcome) {
        return Timer.builder("mailrouter.send")
                .description("Sends, all attempts together, by their result")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Timer attemptTimer(Attempted attempted) {
        return Timer.builder("mailrouter.attempt")
                .description("Attempts, by provider and by what they came to")
                .tag("provider", attempted.provider)
                .tag("outcome", attempted.outcome)
                .register(registry);
    }

    private Counter failover(EmailEvent.FailedOver over) {
        return Counter.builder("mailrouter.failover")
                .description("Sends that went on to another provider")
                .tag("from", over.from())
                .tag("to", over.to())
                .tag("reason", bounded(over.reason()))
                .register(registry);
    }

    /** A provider of the user's own may make up codes without end; a registry keeps every one for ever. */
    private synchronized String bounded(String reason) {
        if (reasons.size() < MAX_REASONS) {
            reasons.add(reason);
        }
        return reasons.contains(reason) ? reason : "other";
    }
}
