package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.provider.Secret;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
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
                builder(sendGrid.url()).responseTimeout(Duration.ofSeconds(1)).build()) {
            Outcome outcome = impatient.send(email().build(), Attempt.Context.within(DEADLINE));

            assertThat(outcome).isInstanceOf(Unknown.class);
            assertThat(outcome.code()).isEqualTo("read_timeout_after_write");
        }
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
