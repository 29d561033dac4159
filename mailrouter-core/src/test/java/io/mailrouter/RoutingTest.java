package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RoutingTest {

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = taking("first", 100);
    private final ScriptedProvider second = taking("second", 50);

    private ScriptedProvider taking(String name, int millis) {
        ScriptedProvider provider = new ScriptedProvider(name);
        provider.script = (email, context) -> {
            time.pass(Duration.ofMillis(millis));
            return new Outcome.Accepted("m");
        };
        return provider;
    }

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .time(time.time())
                .random(new Random(1))
                .provider(first)
                .provider(second);
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    private static List<String> firsts(EmailService emails, Email email, int sends) {
        List<String> firsts = new ArrayList<>();
        for (int i = 0; i < sends; i++) {
            firsts.add(emails.send(email).provider());
        }
        return firsts;
    }

    private void learn(EmailService emails) {
        emails.send(email().onlyProviders("first").build());
        emails.send(email().onlyProviders("second").build());
    }

    @Test
    void theQuickestProviderIsPreferredByDefault() {
        try (EmailService emails = service().build()) {
            learn(emails);

            assertThat(firsts(emails, email().build(), 10)).containsOnly("second");
            RoutePlan plan = emails.route(email().build());
            assertThat(plan.ranked()).extracting(RoutePlan.Choice::provider).containsExactly("second", "first");
            assertThat(plan.ranked().get(0).score()).hasValue(50);
            assertThat(plan.ranked().get(1).candidate().latency()).isEqualTo(Duration.ofMillis(100));
        }
    }

    @Test
    void aFailureMovesTheEmailsAwayLongBeforeTheBreakerOpens() {
        try (EmailService emails = service().build()) {
            learn(emails);
            second.next(new Outcome.Unavailable("refused", ""));

            assertThat(firsts(emails, email().build(), 3)).containsOnly("first");
            assertThat(second.attempts).hasSize(2);
            assertThat(emails.route(email().build()).ranked().get(1).candidate().errorRate())
                    .isPositive();
        }
    }

    @Test
    void whatTheFleetKnowsCountsForAProviderThatThisNodeHasNotUsed() {
        FleetSnapshot.Provider quick = new FleetSnapshot.Provider(9, 9, 0, 0, 0, Duration.ofMillis(20), 0, 0);
        try (EmailService emails = service()
                .fleet(knowing(() -> new FleetSnapshot(
                        true, 2, Map.of("second", quick), time.time().nanos())))
                .build()) {
            emails.send(email().onlyProviders("first").build());

            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
        }
    }

    @Test
    @DisplayName("X5 a fleet that throws changes nothing: the node goes by what it knows itself")
    void aFleetThatThrowsIsNotHeard() {
        try (EmailService emails = service()
                .fleet(knowing(() -> {
                    throw new IllegalStateException("fleet");
                }))
                .build()) {
            learn(emails);

            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
        }
    }

    private static Fleet knowing(Supplier<FleetSnapshot> snapshot) {
        return new Fleet() {
            @Override
            public void register(String provider) {}

            @Override
            public void record(String provider, Signal signal, Duration elapsed, int recipients) {}

            @Override
            public FleetSnapshot snapshot() {
                return snapshot.get();
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void triesOutAnotherWithOneEmailInAHundredOfThoseThatMayBeSentTwice() {
        try (EmailService emails = service().build()) {
            learn(emails);
            Email tolerant = email().onAmbiguity(Ambiguity.RESEND_OTHER).build();

            assertThat(firsts(emails, tolerant, 2_000))
                    .filteredOn("first"::equals)
                    .hasSizeBetween(5, 60);
            assertThat(firsts(emails, email().build(), 2_000)).containsOnly("second");
            assertThat(firsts(emails, email().onAmbiguity(Ambiguity.RESEND_SAME).build(), 500))
                    .containsOnly("second");
        }
    }

    @Test
    void theServicesOwnChoiceSaysWhetherAnEmailMayBeSentTwiceThatDoesNot() {
        try (EmailService emails = service()
                .onAmbiguity(Ambiguity.RESEND_OTHER)
                .routing(Routing.latencyAware(s -> s.exploration(0.5)))
                .build()) {
            learn(emails);

            assertThat(firsts(emails, email().build(), 100)).contains("first", "second");
            assertThat(firsts(emails, email().onAmbiguity(Ambiguity.STOP).build(), 100))
                    .containsOnly("second");
            assertThat(firsts(emails, email().preferProvider("second").build(), 100))
                    .as("an email's own wish")
                    .containsOnly("second");
        }
    }

    @Test
    void theSameSeedMakesTheSameChoices() {
        assertThat(choices(new Random(7))).isEqualTo(choices(new Random(7))).isNotEqualTo(choices(new Random(8)));
    }

    private List<String> choices(Random random) {
        try (EmailService emails = service()
                .random(random)
                .routing(Routing.latencyAware(s -> s.exploration(0.5)))
                .build()) {
            learn(emails);
            return firsts(emails, email().onAmbiguity(Ambiguity.RESEND_OTHER).build(), 100);
        }
    }

    @Test
    void aDryRunTriesNobodyOutAndTakesNobodysTurn() {
        Email tolerant = email().onAmbiguity(Ambiguity.RESEND_OTHER).build();
        try (EmailService emails =
                service().routing(Routing.latencyAware(s -> s.exploration(0.5))).build()) {
            learn(emails);
            for (int i = 0; i < 100; i++) {
                assertThat(emails.route(tolerant).first()).hasValue("second");
            }
        }
        try (EmailService emails = service().routing(Routing.roundRobin()).build()) {
            for (int i = 0; i < 3; i++) {
                assertThat(emails.route(tolerant).first()).hasValue("first");
            }
            assertThat(firsts(emails, tolerant, 3)).containsExactly("first", "second", "first");
        }
    }

    @Test
    void aStrategyThatNamesAProviderThatIsNotThereIsRefused() {
        for (Routing wrong : List.of(
                Routing.inOrder().among("first", "sess"),
                Routing.tiers(Routing.inOrder().among("sess"), Routing.inOrder()),
                Routing.weighted(Map.of("sess", 1.0)),
                Routing.whenTagged("t", Routing.inOrder(), Routing.weighted(Map.of("sess", 1.0))))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> service().routing(wrong).build())
                    .withMessage(
                            "routing names provider 'sess', which the service does not have: it has [first, second]");
        }
    }

    @Test
    void whomAStrategyLeavesOutIsNotTriedAndThePlanSaysSo() {
        first.always(new Outcome.Unavailable("refused", ""));
        try (EmailService emails =
                service().routing(Routing.inOrder().among("first")).build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(second.attempts).isEmpty();
            assertThat(result.trail().skipped()).singleElement().satisfies(skip -> {
                assertThat(skip.provider()).isEqualTo("second");
                assertThat(skip.reason()).isEqualTo(Skipped.Reason.NOT_RANKED);
            });
        }
    }

    @Test
    @DisplayName("X5 whatever a strategy's own methods throw, the email is sent")
    void aStrategyThatThrowsAnywhereChangesNothing() {
        AtomicInteger thrown = new AtomicInteger();
        Routing broken = new Routing() {
            @Override
            public List<Candidate> rank(Email email, List<Candidate> eligible) {
                return List.of(eligible.get(1), eligible.get(0), eligible.get(1));
            }

            @Override
            public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
                throw new IllegalStateException("score " + thrown.incrementAndGet());
            }

            @Override
            public double exploration(Email email) {
                throw new IllegalStateException("exploration " + thrown.incrementAndGet());
            }

            @Override
            public boolean ramps() {
                throw new IllegalStateException("ramps " + thrown.incrementAndGet());
            }
        };
        try (EmailService emails = service().routing(broken).build()) {
            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
            assertThat(emails.route(email().build()).ranked())
                    .extracting(RoutePlan.Choice::score)
                    .containsExactly(OptionalDouble.empty(), OptionalDouble.empty());
        }
        assertThat(thrown).hasPositiveValue();
    }

    @Test
    void aUsersOwnStrategyIsOneFunction() {
        try (EmailService emails = service()
                .routing((email, eligible) -> eligible.stream()
                        .filter(candidate ->
                                email.subject().isEmpty() || candidate.name().equals("second"))
                        .toList())
                .build()) {
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
            assertThat(emails.send(email().subject("Hello").build()).provider()).isEqualTo("second");
        }
    }
}
