package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.BlackHole;
import io.mailrouter.testkit.LoopbackSes;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;

/** By the JDK's HttpURLConnection, which repeats a POST by itself when it may, and calls every time-out the same. */
@Timeout(120)
class SesUrlConnectionTest {

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider = provider(ses.url());

    private static SesProvider provider(URI endpoint) {
        return SesProvider.builder()
                .region("eu-west-1")
                .endpoint(endpoint)
                .credentials(SesProviderTest.CREDENTIALS)
                .httpClient(UrlConnectionHttpClient.builder()
                        .connectionTimeout(Duration.ofSeconds(2))
                        .socketTimeout(Duration.ofSeconds(30)))
                .build();
    }

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    private static Email email() {
        return Email.builder()
                .from("no-reply@example.com")
                .to("ada@example.org")
                .subject("Hello")
                .text("Hello")
                .build();
    }

    private Outcome send(Duration deadline) {
        return provider.send(email(), Attempt.Context.within(deadline));
    }

    private Outcome send() {
        return send(Duration.ofSeconds(30));
    }

    @Test
    @DisplayName("P4 reset after the body on a connection that is in use already: unknown, and sent once")
    void makesOneRequestOnAKeptConnection() {
        assertThat(send()).isInstanceOf(Accepted.class);
        ses.behave(Behaviour.acceptThenReset());

        assertThat(send()).isInstanceOf(Unknown.class);
        assertThat(ses.accepted()).as("one for each send").hasSize(2);
        assertThat(ses.requests()).isEqualTo(2);
    }

    @Test
    @DisplayName("P1 a refused connection: not sent")
    void isUnavailableWhenRefused() {
        ses.behave(Behaviour.refuseConnections());

        assertThat(send()).isInstanceOf(Unavailable.class);
    }

    @Test
    @DisplayName("P2 a connection that nobody takes up: not sent, within the connect time-out")
    void isUnavailableWhenNobodyTakesItUp() {
        try (BlackHole nobody = BlackHole.open();
                SesProvider astray = provider(URI.create("http://127.0.0.1:" + nobody.port()))) {
            assertThat(astray.send(email(), Attempt.Context.within(Duration.ofSeconds(60))))
                    .isInstanceOf(Unavailable.class);
        }
    }

    @Test
    @DisplayName("P3 no answer: cut at the deadline, unknown, one request seen")
    void isUnknownAtTheDeadline() {
        ses.behave(Behaviour.hang());
        long begin = System.nanoTime();

        assertThat(send(Duration.ofSeconds(3))).isInstanceOf(Unknown.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
        assertThat(ses.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P11 P15 the service's own errors are read as they are by any client")
    void readsTheServicesErrors() {
        ses.next(
                LoopbackSes.error(400, "BadRequestException", "Illegal address"),
                LoopbackSes.error(503, "InternalServiceErrorException", "later"));

        assertThat(send()).isInstanceOf(Rejected.class);
        assertThat(send()).isInstanceOf(Unavailable.class);
    }

    @Test
    void takesNoSettingOfApachesClientBesideIt() {
        assertThatThrownBy(() -> SesProvider.builder()
                        .httpClient(UrlConnectionHttpClient.builder())
                        .maxConnections(2)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxConnections has no effect on an HTTP client that is handed in");
    }
}
