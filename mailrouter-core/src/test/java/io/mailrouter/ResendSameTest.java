package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What follows an unknown outcome where the service recognises a repeated request. */
class ResendSameTest {

    private static final Outcome TIMED_OUT = new Outcome.Unknown("timeout", "");
    private static final Outcome REFUSED = new Outcome.Unavailable("connection_refused", "");

    private final VirtualTime time = new VirtualTime();
    private final ScriptedProvider first = new ScriptedProvider("first");
    private final ScriptedProvider second = new ScriptedProvider("second");

    private EmailServiceBuilder service(Duration window) {
        first.capabilities = recognising(window);
        return EmailService.builder()
                .routing(Routing.inOrder())
                .time(time.time())
                .random(new Random(1))
                .provider(first)
                .provider(second)
                .onAmbiguity(Ambiguity.RESEND_SAME);
    }

    private static Capabilities recognising(Duration window) {
        return Capabilities.builder()
                .features(Feature.values())
                .honoursDeadline()
                .idempotencyWindow(window)
                .build();
    }

    private static EmailBuilder email() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }

    @Test
    void asksTheSameProviderAgainWithTheSameReference() {
        first.next(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            SendResult.Accepted accepted = emails.send(email().build());

            assertThat(accepted.provider()).isEqualTo("first");
            assertThat(accepted.trail().attempts())
                    .extracting(Attempt::provider)
                    .containsExactly("first", "first");
            assertThat(first.attempts).extracting(Attempt.Context::number).containsExactly(1, 2);
            assertThat(first.attempts)
                    .extracting(Attempt.Context::reference)
                    .containsOnly(accepted.trail().reference());
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    void aRepetitionIsNoFailover() {
        first.next(TIMED_OUT);
        List<EmailEvent> events = new CopyOnWriteArrayList<>();
        try (EmailService emails =
                service(Duration.ofHours(24)).listener(events::add).build()) {
            emails.send(email().build());
        }

        assertThat(events)
                .hasAtLeastOneElementOfType(EmailEvent.SendEnded.class)
                .doesNotHaveAnyElementsOfTypes(EmailEvent.FailedOver.class);
    }

    @Test
    void neverGoesOnToAnotherProvider() {
        first.always(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            assertThat(first.attempts).as("as many as a send may make").hasSize(3);
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    void staysUnknownWhenTheRepeatedRequestIsSurelyNotSent() {
        first.next(TIMED_OUT, REFUSED);
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOfSatisfying(SendResult.Unknown.class, unknown -> {
                assertThat(unknown.code()).isEqualTo("timeout");
                assertThat(unknown.trail().attempts()).hasSize(2);
            });
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    void staysUnknownWhenTheProviderIsHeldBeforeTheRepetition() {
        first.next(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24))
                .breaker(b -> b.consecutiveFailures(1))
                .build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(result).isInstanceOf(SendResult.Unknown.class);
            assertThat(result.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.OPEN);
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    void stopsWithoutAWindow() {
        first.next(TIMED_OUT);
        try (EmailService emails = EmailService.builder()
                .routing(Routing.inOrder())
                .provider(first)
                .provider(second)
                .onAmbiguity(Ambiguity.RESEND_SAME)
                .build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
            assertThat(first.attempts).hasSize(1);
            assertThat(second.attempts).isEmpty();
        }
    }

    @Test
    void stopsUnlessTheEmailOrTheServiceSaysSo() {
        first.next(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            Email stop = email().onAmbiguity(Ambiguity.STOP).build();

            assertThat(emails.trySend(stop)).isInstanceOf(SendResult.Unknown.class);
            assertThat(first.attempts).hasSize(1);
        }
    }

    @Test
    void stopsWhenTheWindowHasRunOut() {
        first.script = (email, context) -> {
            time.pass(Duration.ofSeconds(4));
            return TIMED_OUT;
        };
        try (EmailService emails = service(Duration.ofSeconds(6)).build()) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);

            assertThat(first.attempts).as("at 0 s and at 4 s; 8 s is too late").hasSize(2);
        }
    }

    @Test
    void aRepeatedRequestIsNotMadeWhereItCouldEndAfterTheWindow() {
        Duration[] given = new Duration[2];
        first.script = (email, context) -> {
            given[context.number() - 1] = context.remaining();
            time.pass(Duration.ofSeconds(context.number() == 1 ? 4 : 60));
            return TIMED_OUT;
        };
        try (EmailService emails = service(Duration.ofSeconds(6)).build()) {
            emails.trySend(email().build());

            assertThat(given).containsExactly(Duration.ofSeconds(15), Duration.ofSeconds(2));
        }
    }

    @Test
    void leavesTimeForTheRepetition() {
        List<Duration> given = Arrays.asList(new Duration[3]);
        first.script = (email, context) -> {
            given.set(context.number() - 1, context.remaining());
            time.pass(context.remaining());
            return TIMED_OUT;
        };
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            SendResult result = emails.trySend(email().build());

            assertThat(given)
                    .containsExactly(Duration.ofSeconds(15), Duration.ofMillis(7_500), Duration.ofMillis(7_500));
            assertThat(result.trail().elapsed()).isEqualTo(Duration.ofSeconds(30));
        }
    }

    @Test
    void aFailureBeforeIsFollowedByAnotherProviderAsEver() {
        first.always(REFUSED);
        second.capabilities = recognising(Duration.ofHours(24));
        second.next(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24)).build()) {
            assertThat(emails.send(email().build()).trail().attempts())
                    .extracting(Attempt::provider)
                    .containsExactly("first", "second", "second");
        }
    }

    @Test
    void aKeyGivesTheSameReferenceToEverySend() {
        first.always(TIMED_OUT);
        try (EmailService emails = service(Duration.ofHours(24)).maxAttempts(1).build();
                EmailService other = EmailService.builder()
                        .provider(second.always(TIMED_OUT))
                        .build()) {
            Email email = email().idempotencyKey("order-42").build();
            emails.trySend(email);
            emails.trySend(email().subject("other").idempotencyKey("order-42").build());
            other.trySend(email);

            assertThat(first.attempts.get(1).reference())
                    .isEqualTo(first.attempts.get(0).reference())
                    .isEqualTo(second.attempts.get(0).reference());
        }
    }

    @Test
    void aWindowIsNothingUnlessPromised() {
        assertThat(Capabilities.builder().build().idempotencyWindow()).isEqualTo(Optional.empty());
        assertThatThrownBy(() -> Capabilities.builder().idempotencyWindow(Duration.ofMillis(999)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("idempotencyWindow is PT0.999S: at least PT1S is needed");
    }
}
