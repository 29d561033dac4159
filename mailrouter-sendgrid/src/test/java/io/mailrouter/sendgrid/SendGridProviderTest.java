package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendGridProviderTest {

    static final Secret KEY = Secret.of("SG.key-canary");
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider = builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    @Test
    @DisplayName("P5 the TLS handshake fails: not sent, and never in the clear")
    void isUnavailableWhenTheHandshakeFails() {
        URI encrypted = URI.create(sendGrid.url().toString().replace("http:", "https:"));
        try (SendGridProvider wary = builder(encrypted).build()) {
            assertThat(wary.send(email().build(), Attempt.Context.within(DEADLINE)))
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            outcome -> assertThat(outcome.code()).startsWith("tls"));
        }
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("P3 no answer: unknown at the response time-out, one request seen")
    void isUnknownAtTheResponseTimeout() {
        sendGrid.behave(Behaviour.hang());
        try (SendGridProvider impatient =
                builder(sendGrid.url()).responseTimeout(Duration.ofMillis(300)).build()) {
            Outcome outcome = impatient.send(email().build(), Attempt.Context.within(DEADLINE));

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("read_timeout_after_write");
        }
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P4 reset inside the body: unknown, for a part of it was written")
    void isUnknownWhenTheConnectionIsResetInsideTheBody() {
        sendGrid.behave(Behaviour.resetBeforeBody());

        assertThat(send(email().text("x".repeat(1 << 20)).build())).isInstanceOf(Unknown.class);
        assertThat(sendGrid.requests()).isZero();
    }

    @Test
    @DisplayName("P8 throttled with a hint: until then")
    void isThrottledUntilTheHint() {
        sendGrid.next(LoopbackSendGrid.throttled(Duration.ofSeconds(30)));

        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter().orElseThrow())
                                .isBetween(Duration.ofSeconds(28), Duration.ofSeconds(31)));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P9 throttled without a hint: one request seen")
    void isThrottledWithoutAHint() {
        sendGrid.behave(LoopbackSendGrid.error(429, "too many requests"));

        assertThat(send(email().build())).isEqualTo(new Throttled("http_429", "too many requests", Optional.empty()));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504})
    @DisplayName("P12 any 5xx: unknown, one request seen")
    void isUnknownOnAnyServerError(int status) {
        sendGrid.next(
                Behaviour.answer(status, Map.of("Content-Type", "text/html"), "<html>bad gateway</html>"),
                Behaviour.answer(status, Map.of(), ""),
                Behaviour.answer(status, Map.of("Content-Type", "application/json"), "{\"message\":\"upstream\"}"));
        for (int i = 1; i <= 3; i++) {
            Outcome outcome = send(email().build());

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("http_" + status);
            assertThat(sendGrid.requests()).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not json", "<html></html>", "{}", "{\"MessageId\":", "[]", "{\"MessageId\":7}"})
    @DisplayName("P13 a success with an unreadable body: accepted, never resent")
    void isAcceptedOnAnUnreadableSuccess(String body) {
        sendGrid.behave(Behaviour.answer(202, Map.of("Content-Type", "application/json"), body));

        assertThat(send(email().build())).isInstanceOf(Accepted.class);
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P14 401 and 403: misconfigured")
    void isMisconfiguredOnAWrongKey() {
        sendGrid.next(
                LoopbackSendGrid.error(401, "The provided authorization grant is invalid, expired, or revoked"),
                LoopbackSendGrid.error(403, "access forbidden"),
                LoopbackSendGrid.error(403, "The from address does not match a verified Sender Identity."),
                LoopbackSendGrid.error(401, "Maximum credits exceeded"));

        assertThat(send(email().build()))
                .isEqualTo(new Misconfigured("http_401", "the API key is wrong, expired or revoked", Scope.ACCOUNT));
        assertThat(send(email().build())).isEqualTo(new Misconfigured("http_403", "access forbidden", Scope.ACCOUNT));
        assertThat(send(email().build()))
                .isInstanceOfSatisfying(
                        Misconfigured.class,
                        outcome -> assertThat(outcome.scope()).isEqualTo(Scope.SENDER));
        assertThat(send(email().build())).isInstanceOf(QuotaExhausted.class);
        assertThat(sendGrid.requests()).isEqualTo(4);
    }

    @Test
    @DisplayName("P15 bad recipient: rejected")
    void isRejectedOnABadEmail() {
        sendGrid.next(
                LoopbackSendGrid.error(400, "Does not contain a valid address."),
                Behaviour.answer(413, Map.of("Content-Type", "text/html"), "<html>Too Large</html>"));

        assertThat(send(email().build())).isEqualTo(new Rejected("http_400", "Does not contain a valid address."));
        assertThat(send(email().build())).isEqualTo(new Rejected("http_413", ""));
    }

    @Test
    @DisplayName("P19 endless headers: bounded read, unknown")
    void readsBoundedHeaders() {
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            headers.put("X-" + i, "v".repeat(1_000));
        }
        sendGrid.next(
                Behaviour.answer(202, headers, ""), Behaviour.answer(202, Map.of("X-A", "v".repeat(1 << 20)), ""));

        assertThat(send(email().build())).isInstanceOf(Unknown.class);
        assertThat(send(email().build())).isInstanceOf(Unknown.class);
    }

    static SendGridProvider.Builder builder(URI endpoint) {
        return SendGridProvider.builder().apiKey(KEY).endpoint(endpoint);
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
