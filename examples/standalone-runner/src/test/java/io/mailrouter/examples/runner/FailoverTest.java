package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.mailrouter.EmailNotSentException;
import io.mailrouter.EmailRejectedException;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.email.Email;
import io.mailrouter.health.HealthState;
import io.mailrouter.provider.Secret;
import io.mailrouter.route.Routing;
import io.mailrouter.sendgrid.SendGridProvider;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.LoopbackSes;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The router over both real providers, against servers that misbehave at the socket. */
class FailoverTest {

    private final LoopbackSes ses = LoopbackSes.start();
    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final EmailService emails = EmailService.builder()
            .routing(Routing.inOrder())
            .provider(
                    SesProvider.builder()
                            .region("eu-west-1")
                            .endpoint(ses.url())
                            .credentials(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                            .build(),
                    use -> use.timeout(Duration.ofSeconds(5)))
            .provider(SendGridProvider.builder()
                    .apiKey(Secret.of("SG.local"))
                    .endpoint(sendGrid.url())
                    .build())
            .build();

    @AfterEach
    void stop() {
        emails.close();
        ses.close();
        sendGrid.close();
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("Your order")
                .text("hello")
                .build();
    }

    private HealthState stateOfSes() {
        return emails.providers().get(0).state();
    }

    @Test
    @DisplayName("X6 P1 SES refuses the connection: the next provider at once")
    void failsOverWhenAConnectionIsRefused() {
        ses.behave(Behaviour.refuseConnections());

        assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");
        assertThat(sendGrid.accepted()).hasSize(1);
    }

    @Test
    @DisplayName("X7 an open breaker is skipped, and mail goes on")
    void skipsAnOpenBreaker() {
        ses.behave(Behaviour.refuseConnections());
        for (int i = 0; i < 20; i++) {
            assertThat(emails.send(email()).provider()).isEqualTo("sendgrid");
        }

        SendResult.Accepted accepted = emails.send(email());

        assertThat(stateOfSes()).isEqualTo(HealthState.DOWN);
        assertThat(accepted.trail().attempts()).hasSize(1);
        assertThat(accepted.trail().skipped()).extracting(Skipped::reason).containsExactly(Skipped.Reason.OPEN);
    }

    @Test
    @DisplayName("X1 P15 a bad recipient at SES: no failover, breaker unmoved, the next good email goes to SES")
    void aBadRecipientStaysWithTheEmail() {
        ses.next(LoopbackSes.error(400, "BadRequestException", "Invalid recipient ada@example.org"));

        assertThatThrownBy(() -> emails.send(email()))
                .isInstanceOf(EmailRejectedException.class)
                .hasMessageNotContaining("ada@");
        assertThat(sendGrid.requests()).isZero();
        assertThat(emails.send(email()).provider()).isEqualTo("ses");
        assertThat(stateOfSes()).isEqualTo(HealthState.UP);
    }

    @Test
    @DisplayName("P24 one poison message a thousand times: the breaker stays closed")
    void poisonMovesNoBreaker() {
        ses.behave(LoopbackSes.error(400, "MessageRejected", "Email contains a virus"));
        for (int i = 0; i < 1_000; i++) {
            assertThat(emails.trySend(email())).isInstanceOf(SendResult.Rejected.class);
        }

        assertThat(ses.requests()).isEqualTo(1_000);
        assertThat(stateOfSes()).isEqualTo(HealthState.UP);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("P21 both down: one exception that lists every attempt and says when to try again")
    void listsEveryAttemptWhenBothAreDown() {
        ses.behave(Behaviour.refuseConnections());
        sendGrid.behave(LoopbackSendGrid.throttled(Duration.ofSeconds(20)));

        assertThatThrownBy(() -> emails.send(email())).isInstanceOfSatisfying(EmailNotSentException.class, e -> {
            assertThat(e).hasMessageContaining("ses: connection_refused");
            assertThat(e).hasMessageContaining("sendgrid: http_429");
            assertThat(e.retryAt()).hasValueSatisfying(at -> assertThat(at).isAfter(Instant.now()));
        });
    }

    @Test
    @DisplayName("P3 X11 SES reads the request and never answers: unknown, one request seen, nobody else asked")
    void aHangIsUnknown() {
        ses.behave(Behaviour.acceptThenHang());

        assertThat(emails.trySend(email())).isInstanceOf(SendResult.Unknown.class);
        assertThat(ses.requests()).isEqualTo(1);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("P8 SendGrid throttles with a hint: held until then, breaker unmoved")
    void holdsAThrottledProvider() {
        ses.behave(Behaviour.refuseConnections());
        sendGrid.next(LoopbackSendGrid.throttled(Duration.ofSeconds(30)));
        emails.trySend(email());

        assertThat(emails.trySend(email()).trail().skipped())
                .extracting(Skipped::provider, Skipped::reason)
                .contains(tuple("sendgrid", Skipped.Reason.HELD));
        assertThat(emails.providers().get(1).state()).isEqualTo(HealthState.THROTTLED);
        assertThat(sendGrid.requests()).isEqualTo(1);
    }
}
