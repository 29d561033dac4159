package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The dry run: what it says, and that it does nothing. */
class RoutePlanTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");
    private final ScriptedProvider third = new ScriptedProvider("third");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .pause(time::pass)
                .random(new Random(1))
                .provider(first)
                .provider(second, p -> p.weight(2).cost("0.0004"))
                .provider(third, p -> p.senderDomains("example.net"))
                .routing(Routing.inOrder());
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop-canary@example.com")
                .to("ada-canary@example.org")
                .subject("canary")
                .text("canary");
    }

    private static RoutePlan.Choice choice(Candidate.Builder candidate, OptionalDouble score) {
        return new RoutePlan.Choice(candidate.build(), score);
    }

    private static RoutePlan plan() {
        return new RoutePlan(
                List.of(
                        choice(
                                Candidate.named("sendgrid")
                                        .latency(Duration.ofMillis(412))
                                        .errorRate(0.125)
                                        .inFlight(3)
                                        .weight(2)
                                        .cost(0.0004)
                                        .quotaPressure(1.5)
                                        .slowStart(0.25),
                                OptionalDouble.of(1234.5)),
                        choice(Candidate.named("smtp"), OptionalDouble.of(Double.NaN)),
                        choice(Candidate.named("postmark"), OptionalDouble.empty())),
                List.of(
                        new Skipped(
                                "ses-eu-west-1",
                                Skipped.Reason.OPEN,
                                "open after failures",
                                Optional.of(Instant.parse("2026-01-01T00:00:30.5Z"))),
                        new Skipped("mailgun", Skipped.Reason.NOT_ALLOWED, "", Optional.empty())));
    }

    @Test
    void saysItInOneLine() {
        assertThat(plan().summary())
                .isEqualTo("sendgrid 1235, smtp NaN, postmark; skipped: ses-eu-west-1 open until 2026-01-01T00:00:30Z"
                        + " (open after failures), mailgun not_allowed");
        assertThat(plan()).hasToString(plan().summary());
        assertThat(RoutePlan.none().summary()).isEqualTo("nobody");
    }

    @Test
    void saysItInATable() {
        assertThat(plan().table()).isEqualTo("""
                           provider       score  latency  errors  in flight  weight    cost  quota  slow start
                        1  sendgrid        1235   412 ms  12.5 %          3       2  0.0004    1.5        0.25
                        2  smtp             NaN   500 ms     0 %          0       1       0      1           1
                        3  postmark           -   500 ms     0 %          0       1       0      1           1
                        -  ses-eu-west-1  open until 2026-01-01T00:00:30Z (open after failures)
                        -  mailgun        not_allowed
                        """);
    }

    @Test
    void listsEveryProviderWithItsPartsOrTheReason() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 5; i++) {
                emails.send(email().build());
            }
            RoutePlan plan = emails.route(email().build());

            assertThat(plan.first()).hasValue("second");
            assertThat(plan.ranked().get(0).candidate().weight()).isEqualTo(2);
            assertThat(plan.ranked().get(0).candidate().cost()).isEqualTo(0.0004);
            assertThat(plan.skipped())
                    .extracting(Skipped::provider, Skipped::reason)
                    .containsExactlyInAnyOrder(
                            tuple("first", Skipped.Reason.OPEN), tuple("third", Skipped.Reason.NOT_OWNER_OF_SENDER));
            assertThat(plan.summary()).doesNotContain("canary");
            assertThat(plan.table()).doesNotContain("canary");
        }
    }

    @Test
    void theResultHoldsThePlanOfItsSend() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            RoutePlan before = emails.route(email().build());
            SendResult result = emails.trySend(email().build());

            assertThat(result.trail().plan().summary()).isEqualTo(before.summary());
            assertThat(result.toString()).contains("plan=first, second; skipped: third not_owner_of_sender");
        }
    }

    @Test
    void aDryRunHasNoEffect() {
        InMemoryIdempotencyStore keys = InMemoryIdempotencyStore.create();
        List<EmailEvent> heard = new CopyOnWriteArrayList<>();
        AtomicInteger turns = new AtomicInteger();
        Routing counting = new Routing() {
            @Override
            public List<Candidate> rank(Email email, List<Candidate> eligible) {
                turns.incrementAndGet();
                return eligible;
            }

            @Override
            public List<Candidate> preview(Email email, List<Candidate> eligible) {
                return eligible;
            }
        };
        EmailListener listener = heard::add;
        Email keyed = email().idempotencyKey("order-1").build();
        EmailService emails = service()
                .routing(counting)
                .idempotency(keys)
                .listener(listener)
                .breaker(b -> b.openFor(Duration.ofSeconds(10), Duration.ofSeconds(10)))
                .build();
        try (emails) {
            first.always(REFUSED);
            for (int i = 0; i < 5; i++) {
                emails.send(email().build());
            }
            time.pass(Duration.ofSeconds(60));
            List<String> states = states(emails);
            int turnsBefore = turns.get();
            int calls = first.attempts.size() + second.attempts.size() + third.attempts.size();

            for (int i = 0; i < 100; i++) {
                emails.route(keyed);
            }

            assertThat(turns).hasValue(turnsBefore);
            assertThat(first.attempts.size() + second.attempts.size() + third.attempts.size())
                    .isEqualTo(calls);
            assertThat(states(emails)).isEqualTo(states);
            assertThat(emails.providers()).allMatch(status -> status.inFlight() == 0);
            assertThat(emails.send(keyed).trail().isRepeated())
                    .as("the key was not claimed")
                    .isFalse();
        }
        assertThat(heard.stream().filter(EmailEvent.SendEnded.class::isInstance))
                .hasSize(6);
        assertThat(heard.stream().filter(EmailEvent.KeyClaimed.class::isInstance))
                .hasSize(1);
    }

    private static List<String> states(EmailService emails) {
        return emails.providers().stream()
                .map(status -> status.name() + status.state() + status.since() + status.until())
                .toList();
    }

    @Test
    void theNextSendDoesWhatTheDryRunSaid() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        time.pass(Duration.ofSeconds(1));
        List<Outcome> outcomes = List.of(
                new Outcome.Accepted("m"),
                REFUSED,
                new Outcome.Rejected("bad_recipient", ""),
                new Outcome.Throttled("http_429", "", Optional.of(Duration.ofSeconds(3))),
                new Outcome.QuotaExhausted("quota", ""),
                new Outcome.Misconfigured("not_verified", "", Outcome.Scope.SENDER));
        for (ScriptedProvider provider : List.of(first, second, third)) {
            provider.script = (email, context) -> {
                time.pass(Duration.ofMillis(1 + random.nextInt(300)));
                return outcomes.get(random.nextInt(3) == 0 ? random.nextInt(outcomes.size()) : 0);
            };
        }
        List<String> differences = new ArrayList<>();
        for (Routing routing : strategies()) {
            // Chance decides about a provider that has just come back, and a dry run leaves chance alone.
            EmailServiceBuilder unbreakable = service()
                    .breaker(breaker -> breaker.consecutiveFailures(10_000).window(10_000, 10_000));
            try (EmailService emails = unbreakable.routing(routing).build()) {
                for (int i = 0; i < 300; i++) {
                    Email email = email().from("shop@" + (i % 3 == 0 ? "example.net" : "example.com"))
                            .tag(i % 2 == 0 ? "receipt" : "news")
                            .build();
                    String said = emails.route(email).summary();
                    String done = emails.trySend(email).trail().plan().summary();
                    if (!said.equals(done)) {
                        differences.add(said + " <> " + done);
                    }
                    time.pass(Duration.ofMillis(random.nextInt(20_000)));
                }
            }
        }
        assertThat(differences).as("seed %d", seed).isEmpty();
    }

    private static List<Routing> strategies() {
        return List.of(
                Routing.inOrder(),
                Routing.latencyAware(),
                Routing.roundRobin(),
                Routing.weighted(),
                Routing.costAware(),
                Routing.quotaAware(),
                Routing.stickyByDomain(),
                Routing.stickyByKey(),
                Routing.tiers(Routing.roundRobin(), Routing.weighted()),
                Routing.whenTagged("receipt", Routing.roundRobin(), Routing.latencyAware()));
    }
}
