package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RoutingSenderTest {

    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");
    private static final Outcome TIMED_OUT = new Outcome.Unknown("timeout", "");
    private static final Outcome BAD_RECIPIENT = new Outcome.Rejected("bad_recipient", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service() {
        return EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .random(new Random(1))
                .provider(first)
                .provider(second);
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    @Test
    void theFirstProviderTakesIt() {
        try (EmailService emails = service().build()) {
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.provider()).isEqualTo("first");
            assertThat(accepted.messageId()).isEqualTo("m-1");
            assertThat(accepted.trail().attempts()).hasSize(1);
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    @DisplayName("X6 P1 a refused connection fails over at once")
    void goesOnWhileSurelyNotSent() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(accepted.trail().attempts())
                    .extracting(Attempt::provider)
                    .containsExactly("first", "second");
            assertThat(accepted.trail().attempts().get(0).outcome()).isEqualTo(REFUSED);
        }
    }

    @Test
    void anEmailWithAKeyHasTheSameReferenceInEverySendAndAnyOtherItsOwn() {
        try (EmailService emails = service().build();
                EmailService elsewhere = service().build()) {
            Email keyed = email().idempotencyKey("order-42").build();

            String reference = emails.send(keyed).trail().reference();

            assertThat(reference).matches("mr[a-f0-9]{32}");
            assertThat(elsewhere.send(keyed).trail().reference()).isEqualTo(reference);
            assertThat(emails.send(email().idempotencyKey("order-43").build())
                            .trail()
                            .reference())
                    .isNotEqualTo(reference);
            assertThat(emails.send(email().build()).trail().reference())
                    .isNotEqualTo(emails.send(email().build()).trail().reference());
        }
    }

    @Test
    void everyAttemptOfASendCarriesTheSameReference() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            String reference = emails.send(email().build()).trail().reference();

            assertThat(reference).matches("[a-z0-9]{34}");
            assertThat(first.attempts.get(0).reference()).isEqualTo(reference);
            assertThat(second.attempts.get(0).reference()).isEqualTo(reference);
            assertThat(second.attempts.get(0).number()).isEqualTo(2);
            assertThat(emails.send(email().build()).trail().reference()).isNotEqualTo(reference);
        }
    }

    @Test
    @DisplayName("X11 an attempt that may have sent is never repeated")
    void neverRepeatsAnAttemptThatMayHaveSent() {
        first.always(TIMED_OUT);
        try (EmailService emails = service().build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            assertThat(second.attempts).isEmpty();
            assertThatThrownBy(() -> emails.send(email().build()))
                    .isInstanceOf(EmailOutcomeUnknownException.class)
                    .hasMessageContaining("first: timeout");
        }
    }

    @Test
    void resendsThroughAnotherOnlyIfTheEmailSaysSo() {
        first.always(TIMED_OUT);
        try (EmailService emails = service().build()) {
            Email email = email().onAmbiguity(Ambiguity.RESEND_OTHER).build();

            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void staysUnknownWhenTheResendFailsToo() {
        first.always(TIMED_OUT);
        try (EmailService emails = service().build()) {
            Email email = email().onAmbiguity(Ambiguity.RESEND_OTHER).build();

            second.always(REFUSED);
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Unknown.class);
            second.always(BAD_RECIPIENT);
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Unknown.class);
        }
    }

    @Test
    @DisplayName("X1 P15 a bad recipient: no failover, breaker unmoved, the next good email goes to the primary")
    void aBadRecipientIsTheEmailsFault() {
        first.next(BAD_RECIPIENT);
        try (EmailService emails = service().build()) {
            assertThatThrownBy(() -> emails.send(email().build()))
                    .isInstanceOf(EmailRejectedException.class)
                    .hasMessageContaining("bad_recipient");
            assertThat(second.attempts).isEmpty();

            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
        }
    }

    @Test
    @DisplayName("P24 X8 one poison message a thousand times leaves the breaker closed")
    void poisonDoesNotMoveTheBreaker() {
        first.always(BAD_RECIPIENT);
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 1_000; i++) {
                emails.trySend(email().build());
            }

            assertThat(first.attempts).hasSize(1_000);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
            assertThat(emails.providers().get(0).failed()).isZero();
        }
    }

    @Test
    @DisplayName("X7 an open breaker is skipped, with its reason, and does not stop the chain")
    void skipsAnOpenBreaker() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 5; i++) {
                emails.send(email().build());
            }
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(first.attempts).hasSize(5);
            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(accepted.trail().skipped()).singleElement().satisfies(skip -> {
                assertThat(skip.provider()).isEqualTo("first");
                assertThat(skip.reason()).isEqualTo(Skipped.Reason.OPEN);
                assertThat(skip.until())
                        .get()
                        .satisfies(until -> assertThat(until).isAfter(time.now()));
            });
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.DOWN);
        }
    }

    @Test
    @DisplayName("X2 the primary is used again after it has recovered")
    void returnsToThePrimary() {
        first.always(REFUSED);
        try (EmailService emails = service().build()) {
            for (int i = 0; i < 6; i++) {
                emails.send(email().build());
            }
            first.always(new Outcome.Accepted("back"));
            time.pass(Duration.ofSeconds(11));

            for (int i = 0; i < 2; i++) {
                assertThat(emails.send(email().build()).provider())
                        .as("on trial")
                        .isEqualTo("first");
            }
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
            time.pass(Duration.ofSeconds(30));
            assertThat(emails.send(email().build()).provider())
                    .as("after the ramp")
                    .isEqualTo("first");
        }
    }

    @Test
    @DisplayName("P8 a throttled provider is held as long as it asks for, breaker unmoved")
    void holdsAThrottledProvider() {
        first.next(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(5))));
        try (EmailService emails = service().build()) {
            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
            assertThat(emails.send(email().build()).trail().skipped())
                    .extracting(Skipped::reason, Skipped::detail)
                    .containsExactly(tuple(Skipped.Reason.HELD, "throttled: throttling"));
            assertThat(first.attempts).hasSize(1);
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.THROTTLED);

            time.pass(Duration.ofSeconds(6));
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
            assertThat(emails.providers().get(0).state()).isEqualTo(HealthState.UP);
        }
    }

    @Test
    @DisplayName("P21 all providers down: one exception that lists every attempt and says when to try again")
    void tellsEveryAttemptWhenAllAreDown() {
        first.always(REFUSED);
        second.always(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(20))));
        try (EmailService emails = service().build()) {
            assertThatThrownBy(() -> emails.send(email().build()))
                    .isInstanceOfSatisfying(EmailNotSentException.class, e -> {
                        assertThat(e).hasMessageContaining("first: connection_refused");
                        assertThat(e).hasMessageContaining("second: throttling");
                        assertThat(e.result().trail().attempts()).hasSize(2);
                        assertThat(e.retryAt()).hasValue(time.now().plusSeconds(1));
                    });
        }
    }

    @Test
    @DisplayName("X3 nobody usable: retryAt is told and no attempt is burnt")
    void burnsNoAttemptWhenNobodyIsUsable() {
        first.always(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(30))));
        second.always(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(20))));
        try (EmailService emails = service().build()) {
            Instant held = time.now();
            emails.trySend(email().build());

            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOfSatisfying(SendResult.NotSent.class, notSent -> {
                assertThat(notSent.retryAt()).hasValue(held.plusSeconds(20));
                assertThat(notSent.trail().attempts()).isEmpty();
                assertThat(notSent.trail().skipped()).hasSize(2);
            });
            assertThat(first.attempts).hasSize(1);
        }
    }

    @Test
    void aProviderThatCouldNotCarryTheEmailDoesNotSayWhenToTryAgain() {
        first.always(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(30))));
        second.capabilities = Capabilities.builder().honoursDeadline().build();
        try (EmailService emails = service().build()) {
            Instant held = time.now();

            SendResult result = emails.trySend(email().tag("order").build());

            assertThat(result)
                    .isInstanceOfSatisfying(
                            SendResult.NotSent.class,
                            notSent -> assertThat(notSent.retryAt()).hasValue(held.plusSeconds(30)));
        }
    }

    @Test
    void aPreferredProviderThatIsNotThereChangesNothing() {
        try (EmailService emails = service().build()) {
            assertThat(emails.send(email().preferProvider("elsewhere").build()).provider())
                    .isEqualTo("first");
        }
    }

    @Test
    void theFirstOfSeveralUnknownAttemptsNamesTheResult() {
        first.always(TIMED_OUT);
        second.always(new Outcome.Unknown("reset", ""));
        try (EmailService emails = service().build()) {
            SendResult result =
                    emails.trySend(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

            assertThat(result).isInstanceOfSatisfying(SendResult.Unknown.class, unknown -> {
                assertThat(unknown.provider()).isEqualTo("first");
                assertThat(unknown.code()).isEqualTo("timeout");
            });
        }
    }

    @Test
    @DisplayName("P17 what a provider cannot carry makes it not eligible, and no call is made")
    void passesOverWhoCannotCarryIt() {
        first.capabilities = Capabilities.builder().honoursDeadline().build();
        try (EmailService emails = service().build()) {
            SendResult.Accepted accepted = emails.send(email().tag("order").build());

            assertThat(accepted.provider()).isEqualTo("second");
            assertThat(first.attempts).isEmpty();
            assertThat(accepted.trail().skipped().get(0).detail()).isEqualTo("cannot carry [TAGS]");
        }
    }

    @Test
    void isRejectedWhenNobodyCanEverCarryIt() {
        first.capabilities = Capabilities.builder().honoursDeadline().build();
        second.capabilities = first.capabilities;
        try (EmailService emails = service().build()) {
            assertThat(emails.trySend(email().tag("order").build()))
                    .isInstanceOfSatisfying(
                            SendResult.Rejected.class,
                            rejected -> assertThat(rejected.code()).isEqualTo("no_eligible_provider"));
        }
    }

    @Test
    @DisplayName("X14 a provider that does not own the sender's domain is not eligible")
    void sendsOnlyFromOwnedDomains() {
        EmailServiceBuilder builder = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first, p -> p.senderDomains("other.example", "Bücher.example"))
                .provider(second);
        try (EmailService emails = builder.build()) {
            assertThat(emails.send(email().build()).provider()).isEqualTo("second");
            assertThat(emails.send(email().from("a@bücher.example").build()).provider())
                    .isEqualTo("first");
        }
    }

    @Test
    void keepsToTheProvidersThatAnEmailNames() {
        try (EmailService emails = service().build()) {
            assertThat(emails.send(email().onlyProviders("second").build()).provider())
                    .isEqualTo("second");
            assertThat(emails.send(email().notProviders("first").build()).provider())
                    .isEqualTo("second");
            assertThat(emails.send(email().preferProvider("second").build()).provider())
                    .isEqualTo("second");
            second.always(REFUSED);
            assertThat(emails.send(email().preferProvider("second").build()).provider())
                    .as("a preference is no promise")
                    .isEqualTo("first");
        }
    }

    @Test
    void aStrategyOfOnesOwnDecidesTheOrderAndWhoIsLeftOut() {
        Routing onlyLast = (email, eligible) -> List.of(eligible.get(eligible.size() - 1));
        second.always(REFUSED);
        try (EmailService emails = service().routing(onlyLast).build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(first.attempts).isEmpty();
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.NOT_RANKED);
        }
    }

    @Test
    @DisplayName("Q13 an email that comes too late expires")
    void doesNotSendWhatIsTooLate() {
        try (EmailService emails = service().build()) {
            Instant end = time.now();
            Email email = email().notAfter(end).build();
            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Accepted.class);

            time.pass(Duration.ofMillis(1));
            assertThat(emails.trySend(email))
                    .isInstanceOfSatisfying(
                            SendResult.Expired.class,
                            expired -> assertThat(expired.notAfter()).isEqualTo(end));
            assertThat(first.attempts).hasSize(1);
        }
    }

    @Test
    void stopsAfterTheAttemptsThatASendMayMake() {
        first.always(REFUSED);
        try (EmailService emails = service().maxAttempts(1).build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result.trail().attempts()).hasSize(1);
            assertThat(result.trail().skipped())
                    .extracting(Skipped::reason)
                    .containsExactly(Skipped.Reason.ATTEMPTS_USED);
        }
    }

    @Test
    @DisplayName("T2 no attempt begins that cannot end in time")
    void beginsNoAttemptThatCannotEnd() {
        first.script = (email, context) -> {
            time.pass(Duration.ofSeconds(26));
            return REFUSED;
        };
        try (EmailService emails = service().build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.NO_TIME);
            assertThat(first.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(4));
        }
        try (EmailService emails =
                service().minAttemptTime(Duration.ofSeconds(3)).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    @DisplayName("T2 a further attempt begins with exactly the time that it needs, and with no less")
    void theTimeForAFurtherAttemptIsExact() {
        try (EmailService emails = service().build()) {
            assertThat(emails.trySend(afterwards(Duration.ofSeconds(25)))).isInstanceOf(SendResult.Accepted.class);
            assertThat(emails.trySend(afterwards(Duration.ofSeconds(25).plusNanos(1))))
                    .isInstanceOf(SendResult.NotSent.class);
        }
        try (EmailService emails =
                service().minAttemptTime(Duration.ofSeconds(20)).build()) {
            assertThat(emails.trySend(afterwards(Duration.ofMillis(22_500)))).isInstanceOf(SendResult.Accepted.class);
            assertThat(emails.trySend(afterwards(Duration.ofMillis(22_500).plusNanos(1))))
                    .isInstanceOf(SendResult.NotSent.class);
        }
    }

    /** Lets the first provider take so much of the 30 s. */
    private Email afterwards(Duration taken) {
        first.script = (email, context) -> {
            time.pass(taken);
            return REFUSED;
        };
        return email().build();
    }

    @Test
    void theShorterDeadlineCounts() {
        try (EmailService emails = service().deadline(Duration.ofSeconds(9)).build()) {
            emails.send(email().build());
            emails.send(email().deadline(Duration.ofSeconds(2)).build());
            emails.send(email().deadline(Duration.ofSeconds(20)).build());

            assertThat(first.attempts)
                    .extracting(Attempt.Context::remaining)
                    .containsExactly(Duration.ofSeconds(9), Duration.ofSeconds(2), Duration.ofSeconds(9));
        }
    }

    @Test
    void aProvidersOwnTimeoutBoundsItsAttempt() {
        EmailServiceBuilder builder =
                EmailService.builder().time(time.time()).provider(first, p -> p.timeout(Duration.ofSeconds(3)));
        try (EmailService emails = builder.build()) {
            emails.send(email().build());

            assertThat(first.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(3));
        }
    }

    @Test
    @DisplayName("T3 an interrupt before the send: not sent, and the flag is kept")
    void anInterruptedThreadSendsNothing() {
        try (EmailService emails = service().build()) {
            Thread.currentThread().interrupt();
            SendResult result = emails.trySend(email().build());

            assertThat(Thread.interrupted()).isTrue();
            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            assertThat(first.attempts).isEmpty();
        }
    }

    @Test
    void aBusyProviderIsPassedOver() {
        EmailService[] emails = new EmailService[1];
        first.script = (email, context) -> {
            SendResult inner = emails[0].trySend(email().build());
            return new Outcome.Accepted(inner.trail().skipped().get(0).reason().word());
        };
        emails[0] = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first, p -> p.maxInFlight(1))
                .provider(second)
                .build();
        try (EmailService service = emails[0]) {
            assertThat(service.send(email().build()).messageId()).isEqualTo("busy");
            assertThat(service.providers().get(0).inFlight()).isZero();
        }
    }

    @Test
    @DisplayName("T1 a wall clock that jumps an hour changes nothing")
    void aJumpOfTheWallClockChangesNothing() {
        first.next(new Outcome.Throttled("throttling", "", Optional.of(Duration.ofSeconds(5))));
        try (EmailService emails = service().build()) {
            emails.send(email().build());
            time.jumpWallClock(Duration.ofHours(1));
            assertThat(emails.send(email().build()).provider()).isEqualTo("second");

            first.always(REFUSED);
            time.pass(Duration.ofSeconds(6));
            for (int i = 0; i < 5; i++) {
                emails.send(email().build());
            }
            time.jumpWallClock(Duration.ofHours(1));
            assertThat(emails.send(email().build()).trail().skipped()).hasSize(1);
            first.always(new Outcome.Accepted("back"));
            time.jumpWallClock(Duration.ofHours(-3));
            time.pass(Duration.ofSeconds(11));
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
        }
    }

    @Test
    @DisplayName("Q13 an email that becomes too late on the way is not sent by failover")
    void doesNotFailOverWithWhatIsTooLate() {
        first.script = (email, context) -> {
            time.pass(Duration.ofSeconds(10));
            return REFUSED;
        };
        try (EmailService emails = service().build()) {
            Email email = email().notAfter(time.now().plusSeconds(3)).build();

            assertThat(emails.trySend(email)).isInstanceOf(SendResult.Expired.class);
            assertThat(second.attempts).isEmpty();
            assertThat(emails.trySend(email().notAfter(time.now().plusSeconds(3))
                            .onAmbiguity(Ambiguity.RESEND_OTHER)
                            .preferProvider("second")
                            .build()))
                    .isInstanceOf(SendResult.Accepted.class);
        }
    }

    @Test
    void sharesOutTheTimeOfAnEmailThatMayBeSentAgain() {
        first.always(TIMED_OUT);
        try (EmailService emails = service().build()) {
            emails.trySend(email().onAmbiguity(Ambiguity.RESEND_OTHER).build());

            assertThat(first.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(15));
            assertThat(second.attempts.get(0).remaining()).isEqualTo(Duration.ofSeconds(30));
        }
    }

    @Test
    @DisplayName("X5 a strategy that throws changes nothing: the order of registration holds")
    void aStrategyThatThrowsIsNotFollowed() {
        try (EmailService emails = service()
                .routing((email, eligible) -> {
                    throw new NoSuchMethodError("strategy");
                })
                .build()) {
            assertThat(emails.send(email().build()).provider()).isEqualTo("first");
        }
    }

    @Test
    void makesThreeAttemptsByDefault() {
        EmailServiceBuilder four =
                EmailService.builder().routing(Routing.inOrder()).time(time.time());
        for (String name : List.of("a", "b", "c", "d")) {
            four.provider(new ScriptedProvider(name).always(REFUSED));
        }
        try (EmailService emails = four.build()) {
            Trail trail = emails.trySend(email().build()).trail();

            assertThat(trail.attempts()).hasSize(3);
            assertThat(trail.skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.ATTEMPTS_USED);
        }
    }

    @Test
    void has64AttemptsUnderWayByDefault() {
        EmailService[] emails = new EmailService[1];
        first.script = (email, context) -> {
            SendResult inner = emails[0].trySend(email().onlyProviders("first").build());
            return inner instanceof SendResult.Accepted accepted ? next(accepted) : new Outcome.Accepted("1");
        };
        emails[0] = service().maxWait(Duration.ZERO).build();
        try (EmailService service = emails[0]) {
            assertThat(service.send(email().onlyProviders("first").build()).messageId())
                    .as("sends nested in each other until the places were taken")
                    .isEqualTo("64");
        }
    }

    private static Outcome next(SendResult.Accepted accepted) {
        return new Outcome.Accepted(String.valueOf(Integer.parseInt(accepted.messageId()) + 1));
    }
}
