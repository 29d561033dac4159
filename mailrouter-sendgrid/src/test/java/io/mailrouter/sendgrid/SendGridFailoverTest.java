package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.ProviderStatus;
import io.mailrouter.SendResult;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.health.HealthState;
import io.mailrouter.limit.Hold;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows SendGrid's faults in a service with a second provider. */
@Timeout(60)
class SendGridFailoverTest {

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final Standby standby = new Standby();
    private final EmailService emails = EmailService.builder()
            .routing(Routing.inOrder())
            .provider(SendGridProviderTest.builder(sendGrid.url()).build())
            .provider(standby)
            .build();

    @AfterEach
    void close() {
        emails.close();
        sendGrid.close();
    }

    /** Takes every email. */
    private static final class Standby implements EmailProvider {

        private final AtomicInteger sent = new AtomicInteger();

        @Override
        public String name() {
            return "standby";
        }

        @Override
        public Capabilities capabilities() {
            return Capabilities.builder()
                    .maxBytes(100 << 20)
                    .honoursDeadline()
                    .features(Feature.ATTACHMENTS)
                    .build();
        }

        @Override
        public Outcome send(Email email, Attempt.Context context) {
            return new Outcome.Accepted("s-" + sent.incrementAndGet());
        }
    }

    @Test
    @DisplayName("P1 refused: the next provider at once")
    void goesOnAtOnceWhenRefused() {
        sendGrid.behave(Behaviour.refuseConnections());

        assertThat(provider(emails.trySend(email().build()))).isEqualTo("standby");
    }

    @Test
    @DisplayName("P3 no answer: unknown, and the next provider is not asked")
    void stopsWhenItMayHaveBeenSent() {
        sendGrid.behave(Behaviour.acceptThenReset());

        assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Unknown.class);
        assertThat(standby.sent).hasValue(0);
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P8 429 with a hint: held until then, fail over, breaker unmoved")
    void holdsAsLongAsAskedFor() {
        sendGrid.behave(LoopbackSendGrid.throttled(Duration.ofSeconds(40)));
        Instant start = Instant.now();
        for (int i = 0; i < 20; i++) {
            assertThat(provider(emails.trySend(email().build()))).isEqualTo("standby");
        }

        assertThat(sendGrid.requests()).isEqualTo(1);
        assertThat(status().state()).isEqualTo(HealthState.THROTTLED);
        assertThat(status().until().orElseThrow()).isBetween(start.plusSeconds(37), start.plusSeconds(60));
    }

    @Test
    @DisplayName("P9 429 without a hint: left alone for a while of its own choice, fail over, breaker unmoved")
    void backsOffWithoutAHint() {
        sendGrid.behave(LoopbackSendGrid.error(429, "too many requests"));
        for (int i = 0; i < 50; i++) {
            assertThat(provider(emails.trySend(email().build()))).isEqualTo("standby");
        }

        assertThat(sendGrid.requests()).isLessThan(50);
        assertThat(status().state()).isNotEqualTo(HealthState.DOWN);
        assertThat(status().holds()).allMatch(hold -> hold.kind() == Hold.Kind.THROTTLED);
    }

    @Test
    @DisplayName("P10 a hint of ten years: held for 60 s at most")
    void capsAHintOfTenYears() {
        sendGrid.behave(LoopbackSendGrid.throttled(Duration.ofDays(3_650)));
        assertThat(provider(emails.trySend(email().build()))).isEqualTo("standby");

        assertThat(status().until().orElseThrow()).isBefore(Instant.now().plusSeconds(61));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"401 wrong key", "403 access forbidden", "401 Maximum credits exceeded", "403 Account suspended"
            })
    @DisplayName("P14 and P16 401, 403, no credits, suspended: held, fail over, no hammering")
    void asksNoMoreUntilSomebodyMendsIt(String answer) {
        sendGrid.behave(LoopbackSendGrid.error(Integer.parseInt(answer.substring(0, 3)), answer.substring(4)));
        for (int i = 0; i < 50; i++) {
            assertThat(provider(emails.trySend(email().build()))).isEqualTo("standby");
        }

        assertThat(sendGrid.requests()).isEqualTo(1);
        assertThat(status().state())
                .isEqualTo(answer.contains("credits") ? HealthState.QUOTA_EXHAUSTED : HealthState.MISCONFIGURED);
    }

    @Test
    @DisplayName("P15 bad recipients: rejected, no failover, breaker unmoved")
    void rejectsForAllProviders() {
        sendGrid.behave(LoopbackSendGrid.error(400, "Does not contain a valid address."));
        for (int i = 0; i < 50; i++) {
            assertThat(emails.trySend(email().build())).isInstanceOf(SendResult.Rejected.class);
        }

        assertThat(sendGrid.requests()).isEqualTo(50);
        assertThat(standby.sent).hasValue(0);
        assertThat(status().state()).isEqualTo(HealthState.UP);
    }

    @Test
    @DisplayName("P17 too big: not eligible, told in the attempts, no call made")
    void skipsWhatIsTooBig() {
        SendResult result = emails.trySend(
                email().attach(Attachment.of("a", "a/b", new byte[24 << 20])).build());

        assertThat(provider(result)).isEqualTo("standby");
        assertThat(result.trail().skipped())
                .singleElement()
                .satisfies(skipped -> assertThat(skipped.toString()).contains("sendgrid", "bytes"));
        assertThat(sendGrid.openConnections()).isZero();
    }

    @Test
    void goesOnWhenAnOptionIsUnknownToTheAccount() {
        sendGrid.behave(
                Behaviour.answer(400, Map.of(), "{\"errors\":[{\"message\":\"no pool\",\"field\":\"ip_pool_name\"}]}"));
        Email email = email().options(SendGridOptions.builder().ipPool("none").build())
                .build();

        assertThat(provider(emails.trySend(email))).isEqualTo("standby");
        assertThat(status().state()).as("other emails are none the worse").isEqualTo(HealthState.UP);
    }

    private ProviderStatus status() {
        return emails.providers().stream()
                .filter(status -> status.name().equals("sendgrid"))
                .findFirst()
                .orElseThrow();
    }

    private static String provider(SendResult result) {
        assertThat(result).isInstanceOf(SendResult.Accepted.class);
        return ((SendResult.Accepted) result).provider();
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t");
    }
}
