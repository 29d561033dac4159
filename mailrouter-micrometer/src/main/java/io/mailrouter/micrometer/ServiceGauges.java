package io.mailrouter.micrometer;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.QuotaUse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** What a registry asks a service for by itself: how its providers and its stores are doing. */
final class ServiceGauges {

    private static final String LOST = "mailrouter.events.lost";

    private final MeterRegistry registry;
    private final Tags tags;
    private final EmailService emails;
    private final List<Meter> meters = new ArrayList<>();

    ServiceGauges(MeterRegistry registry, Tags tags, EmailService emails) {
        if (!registry.find(LOST).tags(tags).meters().isEmpty()) {
            throw new IllegalStateException("the registry watches a service with these tags already: close those"
                    + " metrics if that service has ended, else give both a tag that tells them apart, such as"
                    + " service=receipts");
        }
        this.registry = registry;
        this.tags = tags;
        this.emails = emails;
    }

    void register() {
        meters.add(FunctionCounter.builder(LOST, emails, EmailService::lostEvents)
                .description("Events that a listener threw at or had no room for")
                .tags(tags)
                .register(registry));
        emails.providers().forEach(status -> register(status.name()));
        for (StoreStatus status : emails.stores()) {
            StoreStatus.Store store = status.store();
            meters.add(Gauge.builder("mailrouter.store.up", emails, e -> isUp(e, store) ? 1 : 0)
                    .description("1 while the store answers")
                    .tags(tags.and("store", store.word()))
                    .register(registry));
        }
    }

    private void register(String provider) {
        for (HealthState state : HealthState.values()) {
            String text = "1 for the state that the provider is in";
            gauge("provider.state", text, provider, Tags.of("state", state.word()), s -> s.state() == state ? 1 : 0);
        }
        for (Hold.Kind kind : Hold.Kind.values()) {
            Tags word = Tags.of("kind", kind.word());
            gauge(
                    "held",
                    "How many holds of a kind keep emails from the provider",
                    provider,
                    word,
                    s -> s.holds().stream().filter(hold -> hold.kind() == kind).count());
        }
        for (QuotaUse.Window window : QuotaUse.Window.values()) {
            Tags word = Tags.of("window", window.word());
            gauge(
                    "provider.quota.remaining",
                    "Recipients left, if a quota is known",
                    provider,
                    word,
                    s -> quota(s, window, QuotaUse::left));
            gauge(
                    "provider.quota.limit",
                    "Recipients in the window, if a quota is known",
                    provider,
                    word,
                    s -> quota(s, window, QuotaUse::limit));
        }
        gauge(
                "provider.rate",
                "Recipients in a second at most, if known",
                provider,
                Tags.empty(),
                s -> s.rate().orElse(Double.NaN));
        gauge("provider.inflight", "Attempts under way on this node", provider, Tags.empty(), ProviderStatus::inFlight);
        meters.add(TimeGauge.builder(
                        "mailrouter.provider.latency",
                        emails,
                        TimeUnit.NANOSECONDS,
                        e -> value(e, provider, s -> s.latency().toNanos()))
                .description("Mean time of an accepted attempt on this node")
                .tags(tags.and("provider", provider))
                .register(registry));
    }

    private void gauge(
            String name, String description, String provider, Tags more, ToDoubleFunction<ProviderStatus> value) {
        meters.add(Gauge.builder("mailrouter." + name, emails, e -> value(e, provider, value))
                .description(description)
                .tags(tags.and("provider", provider).and(more))
                .register(registry));
    }

    private static double value(EmailService emails, String provider, ToDoubleFunction<ProviderStatus> value) {
        return emails.providers().stream()
                .filter(status -> status.name().equals(provider))
                .mapToDouble(value)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** A quota may be found while the service runs, so its meters are there from the beginning, without a value. */
    private static double quota(ProviderStatus status, QuotaUse.Window window, ToDoubleFunction<QuotaUse> value) {
        return status.quotas().stream()
                .filter(use -> use.window() == window)
                .mapToDouble(value)
                .min()
                .orElse(Double.NaN);
    }

    private static boolean isUp(EmailService emails, StoreStatus.Store store) {
        return emails.stores().stream().anyMatch(status -> status.store() == store && status.up());
    }

    void remove() {
        meters.forEach(registry::remove);
    }
}
