package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSes;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

@Timeout(60)
class SesProviderTest {

    static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("id-canary", "secret-canary"));
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider =
            builder(ses.url()).configurationSet("set-1").build();

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    @Test
    @DisplayName("P5 the TLS handshake fails: not sent, and never in the clear")
    void isUnavailableWhenTheHandshakeFails() {
        URI encrypted = URI.create(ses.url().toString().replace("http:", "https:"));
        try (SesProvider wary = builder(encrypted).build()) {
            assertThat(wary.send(email().build(), Attempt.Context.within(DEADLINE)))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.code()).startsWith("tls"));
        }
        assertThat(ses.requests()).isZero();
    }

    @Test
    @DisplayName("P3 no answer: unknown at the response time-out, one request seen")
    void isUnknownAtTheResponseTimeout() {
        ses.behave(Behaviour.hang());
        try (SesProvider impatient =
                builder(ses.url()).responseTimeout(Duration.ofSeconds(1)).build()) {
            Outcome outcome = impatient.send(email().build(), Attempt.Context.within(DEADLINE));

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("read_timeout_after_write");
        }
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P4 reset inside the body: unknown, for a part of it was written")
    void isUnknownWhenTheConnectionIsResetInsideTheBody() {
        ses.behave(Behaviour.resetBeforeBody());

        assertThat(send(email().text("x".repeat(1 << 20)).build())).isInstanceOf(Unknown.class);
        assertThat(ses.requests()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "<html></html>", "{}", "{\"MessageId\":", "[]", "{\"MessageId\":7}"})
    @DisplayName("P13 a success with an unreadable body: accepted, never resent")
    void isAcceptedOnAnUnreadableSuccess(String body) {
        ses.behave(Behaviour.answer(200, Map.of("Content-Type", "application/json"), body));

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P16 account suspended, sending paused: misconfigured account")
    void isMisconfiguredWhenTheAccountIsStopped() {
        ses.next(
                LoopbackSes.error(400, "AccountSuspendedException", "suspended"),
                LoopbackSes.error(400, "SendingPausedException", "paused"),
                LoopbackSes.error(400, "MessageRejected", "Email address is not verified. a@example.org"));

        assertThat(send(email().build())).isEqualTo(new Misconfigured("accountsuspended", "suspended", Scope.ACCOUNT));
        assertThat(send(email().build())).isEqualTo(new Misconfigured("sendingpaused", "paused", Scope.ACCOUNT));
        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        outcome -> assertThat(outcome.scope()).isEqualTo(Scope.SENDER));
    }

    static SesProvider.Builder builder(URI endpoint) {
        return SesProvider.builder()
                .region("eu-west-1")
                .credentials(CREDENTIALS)
                .endpoint(endpoint);
    }

    private Outcome send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        return provider.send(email, Attempt.Context.within(DEADLINE));
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text");
    }
}
