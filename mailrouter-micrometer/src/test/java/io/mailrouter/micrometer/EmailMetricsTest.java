package io.mailrouter.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.health.HealthState;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.limit.Hold;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.mailrouter.suppression.Suppression;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EmailMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final EmailMetrics metrics = new EmailMetrics(registry);

    interface Script {
        Outcome answer();
    }

    private record Provider(String name, Script script) implements EmailProvider {
        @Override
        public Capabilities capabilities() {
            return Capabilities.builder()
                    .features(Feature.values())
                    .honoursDeadline()
                    .build();
        }

        @Override
        public Outcome send(Email email, Attempt.Context context) {
            return script.answer();
        }
    }

    private EmailService service(Script first) {
        EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(new Provider("first", first))
                .provider(new Provider("second", () -> new Outcome.Accepted("m")))
                .listener(metrics)
                .build();
        metrics.watch(emails);
        return emails;
    }

    private static Email email() {
        return Email.builder()
                .from("canary@example.com")
                .to("canary@example.org")
                .subject("canary")
                .text("canary")
                .build();
    }

    private double state(String provider, String state) {
        return registry.get("mailrouter.provider.state")
                .tags("provider", provider, "state", state)
                .gauge()
                .value();
    }

    /** Events are heard on another thread; the end of a send is its last. */
    private void heard(int sends) {
        await().until(() -> registry.find("mailrouter.send").timers().stream()
                        .mapToLong(Timer::count)
                        .sum()
                == sends);
    }

    @Test
    void countsWhatKeysStoodForAndSuppressedEmails() {
        InMemorySuppressionList list = InMemorySuppressionList.create();
        list.add(CanonicalAddress.of("eve@example.org"), Suppression.forGood(Suppression.Reason.MANUAL, Instant.EPOCH));
        try (EmailService emails = EmailService.builder()
                .provider(new Provider("first", () -> new Outcome.Accepted("m")))
                .idempotency(InMemoryIdempotencyStore.create())
                .suppression(list)
                .listener(metrics)
                .build()) {
            Email keyed = email().toBuilder().idempotencyKey("canary").build();
            emails.trySend(keyed);
            emails.trySend(keyed);
            emails.trySend(keyed.toBuilder().subject("other").build());
            emails.trySend(Email.builder()
                    .from("a@example.com")
                    .to("eve@example.org")
                    .text("t")
                    .build());

            await().until(() -> registry.find("mailrouter.send").timers().stream()
                            .mapToLong(Timer::count)
                            .sum()
                    == 4);
            for (String result : List.of("granted", "sent", "conflict")) {
                assertThat(registry.get("mailrouter.idempotency")
                                .tag("result", result)
                                .counter()
                                .count())
                        .isEqualTo(1);
            }
            assertThat(registry.get("mailrouter.send")
                            .tag("outcome", "suppressed")
                            .timer()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void countsSendsAttemptsAndFailovers() {
        try (EmailService emails = service(() -> new Outcome.Unavailable("connection_refused", ""))) {
            for (int i = 0; i < 7; i++) {
                emails.trySend(email());
            }
            heard(7);

            assertThat(registry.get("mailrouter.send")
                            .tag("outcome", "accepted")
                            .timer()
                            .count())
                    .isEqualTo(7);
            assertThat(registry.get("mailrouter.attempt")
                            .tags("provider", "first", "outcome", "unavailable")
                            .timer()
                            .count())
                    .isEqualTo(5);
            assertThat(registry.get("mailrouter.attempt")
                            .tags("provider", "second", "outcome", "accepted")
                            .timer()
                            .totalTime(TimeUnit.NANOSECONDS))
                    .isPositive();
            assertThat(registry.get("mailrouter.failover")
                            .tags("from", "first", "to", "second", "reason", "connection_refused")
                            .counter()
                            .count())
                    .isEqualTo(5);
            assertThat(registry.get("mailrouter.failover")
                            .tag("reason", "open")
                            .counter()
                            .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void showsTheStateThatAProviderIsIn() {
        try (EmailService emails = service(() -> new Outcome.Unavailable("connection_refused", ""))) {
            assertThat(state("first", "up")).isEqualTo(1);
            assertThat(state("first", "down")).isZero();

            for (int i = 0; i < 5; i++) {
                emails.trySend(email());
            }
            heard(5);

            assertThat(state("first", "up")).isZero();
            assertThat(state("first", "down")).isEqualTo(1);
            assertThat(state("second", "up")).isEqualTo(1);
            assertThat(registry.get("mailrouter.provider.state.changes")
                            .tags("provider", "first", "to", "down")
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("mailrouter.provider.latency")
                            .tag("provider", "second")
                            .gauge()
                            .value())
                    .isPositive();
            assertThat(registry.get("mailrouter.provider.inflight")
                            .tag("provider", "second")
                            .gauge()
                            .value())
                    .isZero();
        }
    }

    @Test
    void boundsTheReasonsThatAProviderMakesUp() {
        AtomicInteger count = new AtomicInteger();
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(
                        new Provider("first", () -> new Outcome.Unavailable("made_up_" + count.incrementAndGet(), "")))
                .provider(new Provider("second", () -> new Outcome.Accepted("m")))
                .breaker(b -> b.window(10_000, 10_000).consecutiveFailures(10_000))
                .failoverBudget(1_000, 1_000_000)
                .listener(metrics);
        try (EmailService emails = builder.build()) {
            for (int i = 0; i < 500; i++) {
                emails.trySend(email());
            }
            heard(500);

            assertThat(registry.find("mailrouter.failover").counters()).hasSize(51);
            assertThat(registry.get("mailrouter.failover")
                            .tag("reason", "other")
                            .counter())
                    .extracting(Counter::count)
                    .isEqualTo(450.0);
        }
    }

    @Test
    void countsLateEndsAndLostEvents() {
        EmailServiceBuilder builder = EmailService.builder()
                .provider(new Provider("first", () -> new Outcome.Accepted("m")))
                .listener(event -> {
                    throw new IllegalStateException("listener");
                });
        try (EmailService emails = builder.build()) {
            metrics.watch(emails);
            emails.trySend(email());
            metrics.on(
                    new EmailEvent.LateResult("mr1", "first", 1, "accepted", "accepted", "", Duration.ofSeconds(40)));

            assertThat(registry.get("mailrouter.attempt.late")
                            .tags("provider", "first", "outcome", "accepted")
                            .timer()
                            .totalTime(TimeUnit.SECONDS))
                    .isEqualTo(40);
            await().until(() ->
                    registry.get("mailrouter.events.lost").functionCounter().count() == 2);
        }
    }

    @Test
    @DisplayName("C11 no tag holds anything personal")
    void tagsHoldNothingPersonal() {
        try (EmailService emails = service(() -> new Outcome.Unavailable("canary@example.org", "canary@example.org"))) {
            emails.trySend(email());
            heard(1);

            assertThat(registry.getMeters())
                    .flatExtracting(meter -> meter.getId().getTags())
                    .noneMatch(tag -> tag.getValue().contains("@"));
            assertThat(registry.getMeters())
                    .extracting(Meter::getId)
                    .extracting(Meter.Id::getName)
                    .allMatch(n -> n.startsWith("mailrouter."));
        }
    }

    @Test
    void whatMayBeCountedIsThereFromTheBeginning() {
        try (EmailService emails = service(() -> new Outcome.Accepted("m"))) {
            assertThat(registry.find("mailrouter.send").timers())
                    .extracting(timer -> timer.getId().getTag("outcome"))
                    .containsExactlyInAnyOrderElementsOf(words(EmailEvent.SendEnded.class));
            assertThat(registry.find("mailrouter.attempt")
                            .tag("provider", "first")
                            .timers())
                    .extracting(timer -> timer.getId().getTag("outcome"))
                    .containsExactlyInAnyOrder(
                            "accepted",
                            "partial",
                            "rejected",
                            "unavailable",
                            "throttled",
                            "quota_exhausted",
                            "misconfigured",
                            "unknown");
            assertThat(emails.stores()).isEmpty();
            assertThat(registry.find("mailrouter.store.up").meters()).isEmpty();
            assertThat(counted("provider.state.changes", "to")).hasSize(HealthState.values().length);
            assertThat(counted("holds", "kind")).hasSize(Hold.Kind.values().length);
            List<String> operations = counted("operations", "operation");
            emails.operations().disable("first", "incident 42");
            emails.operations().enable("first");
            emails.operations().weight("first", 2, "more", Duration.ofMinutes(1));
            emails.operations().forceOpen("first", "brown-out", Duration.ofMinutes(1));
            emails.operations().drain("first", "update", Duration.ofMinutes(1), Duration.ZERO);
            emails.operations().reset("first", "repaired");
            emails.operations().change("first", settings -> settings.weight(2));
            await().until(() -> count("operations", "operation", "change") == 1);
            assertThat(counted("operations", "operation")).containsExactlyInAnyOrderElementsOf(operations);
        }
    }

    private List<String> counted(String name, String tag) {
        return registry.find("mailrouter." + name).tag("provider", "first").counters().stream()
                .map(counter -> counter.getId().getTag(tag))
                .toList();
    }

    private double count(String name, String tag, String value) {
        return registry.get("mailrouter." + name)
                .tags("provider", "first", tag, value)
                .counter()
                .count();
    }

    /** Returns the word of each case, such as {@code partly_accepted} for {@code PartlyAccepted}. */
    private static List<String> words(Class<?> cases) {
        return Stream.of(cases.getPermittedSubclasses())
                .map(one ->
                        one.getSimpleName().replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void showsWhoIsHeldAndWhy() {
        try (EmailService emails = service(() -> new Outcome.Misconfigured("not_verified", "", Outcome.Scope.SENDER))) {
            assertThat(held("sender_misconfigured")).isZero();

            emails.trySend(email());

            assertThat(held("sender_misconfigured")).isEqualTo(1);
            assertThat(held("throttled")).isZero();
        }
    }

    @Test
    void countsHoldsThatBegan() {
        try (EmailService emails = service(() -> new Outcome.QuotaExhausted("daily_quota", ""))) {
            emails.trySend(email());

            await().untilAsserted(() -> assertThat(registry.get("mailrouter.holds")
                            .tags("provider", "first", "kind", "quota_exhausted")
                            .counter()
                            .count())
                    .isEqualTo(1));
            assertThat(held("quota_exhausted")).isEqualTo(1);
        }
    }

    @Test
    void showsWhatIsLeftOfAQuota() {
        try (EmailService emails = EmailService.builder()
                .provider(
                        new Provider("first", () -> new Outcome.Accepted("m")),
                        p -> p.dailyQuota(100).rate(1_000))
                .build()) {
            metrics.watch(emails);
            for (int i = 0; i < 7; i++) {
                emails.trySend(email());
            }

            assertThat(quota("remaining", "day")).isEqualTo(93);
            assertThat(quota("limit", "day")).isEqualTo(100);
            assertThat(quota("remaining", "month")).isNaN();
            assertThat(registry.get("mailrouter.provider.rate")
                            .tag("provider", "first")
                            .gauge()
                            .value())
                    .isEqualTo(1_000);
        }
    }

    private double quota(String what, String window) {
        return registry.get("mailrouter.provider.quota." + what)
                .tags("provider", "first", "window", window)
                .gauge()
                .value();
    }

    private double held(String kind) {
        return registry.get("mailrouter.held")
                .tags("provider", "first", "kind", kind)
                .gauge()
                .value();
    }

    @Test
    void countsWhatOperatorsOrder() {
        try (EmailService emails = service(() -> new Outcome.Accepted("m"))) {
            emails.operations().disable("first", "canary@example.org complained", Duration.ofMinutes(1));

            await().untilAsserted(() -> assertThat(registry.get("mailrouter.operations")
                            .tags("provider", "first", "operation", "disable")
                            .counter()
                            .count())
                    .isEqualTo(1));
            assertThat(state("first", "disabled")).isEqualTo(1);
        }
    }

    @Test
    void showsWhichStoreAnswers() {
        InMemorySuppressionList list = InMemorySuppressionList.create();
        try (EmailService emails = EmailService.builder()
                .provider(new Provider("first", () -> new Outcome.Accepted("m")))
                .idempotency(InMemoryIdempotencyStore.create())
                .suppression(list)
                .build()) {
            metrics.watch(emails);

            for (String store : List.of("idempotency", "suppression")) {
                assertThat(registry.get("mailrouter.store.up")
                                .tag("store", store)
                                .gauge()
                                .value())
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void servicesThatShareARegistryAreToldApartByATag() {
        EmailMetrics receipts = new EmailMetrics(registry, Tags.of("service", "receipts"));
        EmailMetrics news = new EmailMetrics(registry, Tags.of("service", "news"));
        try (EmailService first = serviceFor(receipts, () -> new Outcome.Unavailable("refused", ""));
                EmailService second = serviceFor(news, () -> new Outcome.Accepted("m"))) {
            for (int i = 0; i < 5; i++) {
                first.trySend(email());
                second.trySend(email());
            }

            await().untilAsserted(() -> {
                assertThat(sends("receipts", "not_sent")).isEqualTo(5);
                assertThat(sends("news", "accepted")).isEqualTo(5);
                assertThat(sends("news", "not_sent")).isZero();
            });
            assertThat(down("receipts")).isEqualTo(1);
            assertThat(down("news")).isZero();
        }
    }

    private static EmailService serviceFor(EmailMetrics metrics, Script script) {
        EmailService emails = EmailService.builder()
                .provider(new Provider("only", script))
                .listener(metrics)
                .build();
        metrics.watch(emails);
        return emails;
    }

    private long sends(String service, String outcome) {
        return registry.get("mailrouter.send")
                .tags("service", service, "outcome", outcome)
                .timer()
                .count();
    }

    private double down(String service) {
        return registry.get("mailrouter.provider.state")
                .tags("service", service, "provider", "only", "state", "down")
                .gauge()
                .value();
    }

    @Test
    void refusesToShowOneServiceInPlaceOfAnother() {
        try (EmailService first = service(() -> new Outcome.Accepted("m"));
                EmailService second = EmailService.builder()
                        .provider(new Provider("first", () -> new Outcome.Accepted("m")))
                        .build()) {
            EmailMetrics other = new EmailMetrics(registry);
            assertThatThrownBy(() -> other.watch(second))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("service=receipts");

            first.trySend(email());
            heard(1);
            metrics.close();
            metrics.close();
            assertThat(registry.find("mailrouter.provider.state").gauges()).isEmpty();
            other.watch(second);
            assertThat(state("first", "up")).isEqualTo(1);
            assertThat(registry.get("mailrouter.send")
                            .tag("outcome", "accepted")
                            .timer()
                            .count())
                    .as("what was counted stays")
                    .isEqualTo(1);
        }
    }

    @Test
    @DisplayName("C11 ten thousand hostile sends leave a bounded number of meters, and nothing personal in them")
    void tenThousandHostileSendsLeaveABoundedNumberOfMeters() {
        AtomicInteger count = new AtomicInteger();
        Script hostile = () -> {
            int n = count.incrementAndGet();
            String words = "canary" + n + "@example.org is unknown " + n;
            return switch (n % 6) {
                case 0 -> new Outcome.Unavailable(words, words);
                case 1 -> new Outcome.Throttled("code" + n, words, Optional.of(Duration.ofNanos(1)));
                case 2 -> new Outcome.Rejected("code" + n, words);
                case 3 -> new Outcome.Misconfigured("code" + n, words, Outcome.Scope.REQUEST);
                case 4 -> new Outcome.Unknown("code" + n, words);
                default -> new Outcome.Accepted(words);
            };
        };
        try (EmailService emails = EmailService.builder()
                .provider(new Provider("first", hostile))
                .provider(new Provider("second", hostile))
                .routing(Routing.inOrder())
                .breaker(b -> b.window(10_000, 10_000).consecutiveFailures(10_000))
                .failoverBudget(1_000, 1_000_000)
                .maxWaitingEvents(1_000_000)
                .listener(metrics)
                .idempotency(InMemoryIdempotencyStore.create())
                .build()) {
            metrics.watch(emails);
            for (int i = 0; i < 10_000; i++) {
                emails.trySend(email().toBuilder()
                        .tag("canary-tag-" + i)
                        .idempotencyKey("canary-key-" + i)
                        .build());
            }
            heard(10_000);

            int before = registry.getMeters().size();
            assertThat(before).isLessThan(200);
            assertThat(registry.find("mailrouter.failover").counters())
                    .hasSizeLessThanOrEqualTo(2 * 51)
                    .hasSizeGreaterThan(40);
            assertThat(registry.getMeters())
                    .flatExtracting(meter -> meter.getId().getTags())
                    .extracting(Tag::getValue)
                    .noneMatch(value -> value.contains("canary") || value.contains("@"));
        }
    }
}
