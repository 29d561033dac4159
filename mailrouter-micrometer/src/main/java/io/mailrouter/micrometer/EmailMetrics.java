package io.mailrouter.micrometer;

import io.mailrouter.EmailService;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.HealthState;
import io.mailrouter.limit.Hold;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
 * <tr><td>{@code mailrouter.provider.quota.remaining}, {@code .limit}</td><td>gauge</td><td>{@code provider}, {@code
 *     window}: {@code day}, {@code month} or {@code last_24_hours}, in recipients; NaN where no quota is known</td></tr>
 * <tr><td>{@code mailrouter.provider.rate}</td><td>gauge</td><td>{@code provider}: recipients in a second at most; NaN
 *     where none is known</td></tr>
 * <tr><td>{@code mailrouter.held}</td><td>gauge</td><td>{@code provider}, {@code kind}: holds that last now</td></tr>
 * <tr><td>{@code mailrouter.holds}</td><td>counter</td><td>{@code provider}, {@code kind}: holds that began or
 *     were made longer</td></tr>
 * <tr><td>{@code mailrouter.operations}</td><td>counter</td><td>{@code provider}, {@code operation}: what operators have
 *     ordered on this node</td></tr>
 * <tr><td>{@code mailrouter.store.up}</td><td>gauge, 1 or 0</td><td>{@code store}: {@code fleet}, {@code idempotency} or
 *     {@code suppression}, those that the service has</td></tr>
 * <tr><td>{@code mailrouter.events.lost}</td><td>counter</td><td>none: events that a listener threw at or had no room
 *     for</td></tr>
 * </table>
 *
 * <p>What {@link #watch} finds to be counted is there with 0 from then on, so that an alert sees the first one: all but
 * {@code mailrouter.failover}, whose reasons are the providers' own, and {@code mailrouter.attempt.late}. One of these belongs to one service; where several share a registry, each needs a tag that tells them apart.
 *
 * <p>Safe to share between threads; never blocks. The number of meters is bounded: tags are words of this library,
 * provider names, and at most 50 reasons, beyond which {@code reason} is {@code other}.
 */
public final class EmailMetrics implements EmailListener, AutoCloseable {

    private static final List<String> RESULTS =
            List.of("accepted", "partly_accepted", "rejected", "not_sent", "unknown", "expired", "suppressed");

    private static final List<String> OUTCOMES = List.of(
            "accepted",
            "partial",
            "rejected",
            "unavailable",
            "throttled",
            "quota_exhausted",
            "misconfigured",
            "unknown");

    private static final List<String> CLAIMS = List.of(
            "granted", "retaken", "shared", "in_flight", "sent", "refused", "ambiguous", "conflict", "unavailable");

    private static final List<String> OPERATIONS =
            List.of("disable", "enable", "weight", "force_open", "reset", "drain", "change");

    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<String, Timer> sends = new ConcurrentHashMap<>();
    private final Map<Attempted, Timer> attempts = new ConcurrentHashMap<>();
    private final BoundedWords reasons = new BoundedWords();
    private final AtomicReference<@Nullable ServiceGauges> watched = new AtomicReference<>();

    private record Attempted(String provider, String outcome) {}

    /** Begins to record into a registry, which is not closed by this. */
    public EmailMetrics(MeterRegistry registry) {
        this(registry, Tags.empty());
    }

    /**
     * Begins to record into a registry, which is not closed by this.
     *
     * @param tags what all meters say besides, such as {@code service=receipts}
     */
    public EmailMetrics(MeterRegistry registry, Iterable<Tag> tags) {
        this.registry = registry;
        this.tags = Tags.of(tags);
        RESULTS.forEach(result -> sends.put(result, sendTimer(result)));
    }

    /**
     * Adds the gauges of a service's providers and stores and its count of lost events. The service is not kept alive by
     * them.
     *
     * @throws IllegalStateException when a service is watched with the same tags already: only one of them would be seen
     */
    public void watch(EmailService emails) {
        ServiceGauges gauges = new ServiceGauges(registry, tags, emails);
        gauges.register();
        watched.set(gauges);
        emails.providers().forEach(status -> begin(status.name()));
        if (emails.isIdempotent()) {
            CLAIMS.forEach(this::claim);
        }
    }

    private void begin(String provider) {
        OUTCOMES.forEach(outcome -> attempt(new Attempted(provider, outcome)));
        Stream.of(HealthState.values()).forEach(state -> change(provider, state.word()));
        Stream.of(Hold.Kind.values()).forEach(kind -> hold(provider, kind.word()));
        OPERATIONS.forEach(operation -> operation(provider, operation));
    }

    /** Takes the gauges of the watched service out of the registry; counts and times stay. May be called more than once. */
    @Override
    public void close() {
        ServiceGauges gauges = watched.getAndSet(null);
        if (gauges != null) {
            gauges.remove();
        }
    }

    @Override
    public void on(EmailEvent event) {
        if (event instanceof EmailEvent.SendEnded end) {
            sends.computeIfAbsent(end.result(), this::sendTimer).record(end.elapsed());
        } else if (event instanceof EmailEvent.AttemptEnded end) {
            attempt(new Attempted(end.provider(), end.outcome())).record(end.elapsed());
        } else if (event instanceof EmailEvent.LateResult late) {
            late(late).record(late.elapsed());
        } else if (event instanceof EmailEvent.FailedOver over) {
            failover(over).increment();
        } else if (event instanceof EmailEvent.KeyClaimed claim) {
            claim(claim.result()).increment();
        } else if (event instanceof EmailEvent.ProviderStateChanged change) {
            change(change.provider(), change.to()).increment();
        } else if (event instanceof EmailEvent.HoldBegan hold) {
            hold(hold.provider(), hold.kind()).increment();
        } else if (event instanceof EmailEvent.Operated order) {
            operation(order.provider(), order.operation()).increment();
        }
    }

    private Counter failover(EmailEvent.FailedOver over) {
        Tags way = Tags.of("from", over.from(), "to", over.to(), "reason", reasons.of(over.reason()));
        return counter("failover", "Sends that went on to another provider", way);
    }

    private Counter change(String provider, String to) {
        Tags state = Tags.of("provider", provider, "to", to);
        return counter("provider.state.changes", "How often the provider entered a state", state);
    }

    private Counter hold(String provider, String kind) {
        return counter("holds", "Holds that began", Tags.of("provider", provider, "kind", kind));
    }

    private Counter operation(String provider, String operation) {
        Tags order = Tags.of("provider", provider, "operation", operation);
        return counter("operations", "What operators have ordered on this node", order);
    }

    private Counter claim(String result) {
        Tags claim = Tags.of("result", result);
        return counter("idempotency", "Sends with an idempotency key, by what the key stood for", claim);
    }

    private Counter counter(String name, String description, Tags more) {
        return Counter.builder("mailrouter." + name)
                .description(description)
                .tags(tags.and(more))
                .register(registry);
    }

    private Timer sendTimer(String outcome) {
        return Timer.builder("mailrouter.send")
                .description("Sends, all attempts together, by their result")
                .tags(tags.and("outcome", outcome))
                .register(registry);
    }

    private Timer attempt(Attempted one) {
        return attempts.computeIfAbsent(
                one,
                attempted -> Timer.builder("mailrouter.attempt")
                        .description("Attempts, by provider and by what they came to")
                        .tags(tags.and("provider", attempted.provider, "outcome", attempted.outcome))
                        .register(registry));
    }

    private Timer late(EmailEvent.LateResult late) {
        return Timer.builder("mailrouter.attempt.late")
                .description("Calls that ended after their attempt had, by provider and by what they came to")
                .tags(tags.and("provider", late.provider(), "outcome", late.outcome()))
                .register(registry);
    }
}
