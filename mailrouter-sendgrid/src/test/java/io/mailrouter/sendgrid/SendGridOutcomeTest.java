package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.http.NoHttpResponseException;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.conn.ConnectionPoolTimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SendGridOutcomeTest {

    private static final CertificateException EXPIRED = new CertificateException("expired");
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "400, bad, Rejected, http_400",
        "406, bad, Rejected, http_406",
        "413, <html>, Rejected, http_413",
        "422, bad, Rejected, http_422",
        "401, Maximum credits exceeded, QuotaExhausted, credits_exceeded",
        "401, wrong, Misconfigured ACCOUNT, http_401",
        "403, access forbidden, Misconfigured ACCOUNT, http_403",
        "403, The from address does not match a verified Sender Identity., Misconfigured SENDER, http_403",
        "404, m, Misconfigured ACCOUNT, http_404",
        "405, m, Misconfigured ACCOUNT, http_405",
        "451, m, Misconfigured ACCOUNT, http_451",
        "199, m, Unknown, http_199",
        "300, m, Misconfigured ACCOUNT, http_300",
        "301, m, Misconfigured ACCOUNT, http_301",
        "307, m, Misconfigured ACCOUNT, http_307",
        "408, m, Unknown, http_408",
        "429, m, Throttled, http_429",
        "500, m, Unknown, http_500",
        "502, <html>, Unknown, http_502",
        "503, m, Unknown, http_503",
        "504, m, Unknown, http_504",
    })
    void readsAnAnswerByItsStatusAndWords(int status, String message, String kind, String code) {
        Outcome outcome = read(answer(status, Map.of(), message));

        assertThat(kind(outcome)).isEqualTo(kind);
        assertThat(outcome.code()).isEqualTo(code);
    }

    @Test
    void acceptsAnAnswerWithOrWithoutAnId() {
        assertThat(read(new Answer(202, Map.of("x-message-id", "m-1"), ""))).isEqualTo(new Accepted("m-1"));
        assertThat(read(new Answer(202, Map.of(), "<html>"))).isEqualTo(new Accepted(""));
        assertThat(read(new Answer(200, Map.of(), ""))).isEqualTo(new Accepted(""));
        assertThat(read(new Answer(299, Map.of(), ""))).isEqualTo(new Accepted(""));
    }

    @Test
    void quotesTheServicesMessageWithAddressesMasked() {
        Outcome outcome = read(answer(400, Map.of(), "canary@example.org is \\\"wrong\\\""));

        assertThat(outcome.reason()).contains("***@example.org is").doesNotContain("canary");
        assertThat(SendGridOutcome.of(new Answer(400, Map.of(), "<html>no json</html>"), NOW, AnswerRules.none())
                        .reason())
                .isEmpty();
    }

    @Test
    @DisplayName("P8 a hint is measured by the service's own clock")
    void waitsUntilTheResetByTheServicesClock() {
        String hourBehind = "Sun, 22 Nov 2026 11:00:00 GMT";
        long reset = NOW.minus(Duration.ofHours(1)).plusSeconds(42).getEpochSecond();

        assertThat(hint(Map.of("x-ratelimit-reset", "" + reset, "date", hourBehind)))
                .isEqualTo(Duration.ofSeconds(42));
        assertThat(hint(Map.of("X-RateLimit-Reset", "" + NOW.plusSeconds(7).getEpochSecond())))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(hint(Map.of("X-RateLimit-Reset", "" + NOW.plusSeconds(7).getEpochSecond(), "Date", "junk")))
                .isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @CsvSource({"-1", "0", "junk", "''", "1e9", "99999999999999999999999", "9223372036854775807", "1", "' '"})
    @DisplayName("P10 a hint of -1, in the past, or junk is ignored")
    void ignoresAHintThatIsNone(String reset) {
        assertThat(read(answer(429, Map.of("X-RateLimit-Reset", reset), "m")))
                .isInstanceOfSatisfying(
                        Throttled.class,
                        throttled -> assertThat(throttled.retryAfter()).isEmpty());
    }

    @Test
    @DisplayName("P10 a hint of ten years is passed on for the router to cap")
    void passesOnALongHint() {
        assertThat(hint(Map.of(
                        "X-RateLimit-Reset",
                        "" + NOW.plus(Duration.ofDays(3_650)).getEpochSecond())))
                .isEqualTo(Duration.ofDays(3_650));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new UnknownHostException("h"), "unknown_host"),
                Arguments.of(new ConnectException("refused"), "connection_refused"),
                Arguments.of(new NoRouteToHostException("no"), "connection_refused"),
                Arguments.of(new ConnectTimeoutException("slow"), "connect_timeout"),
                Arguments.of(new ConnectionPoolTimeoutException("full"), "pool_timeout"),
                Arguments.of(new SSLHandshakeException("expired"), "tls_handshake"),
                Arguments.of(new SSLException("broken"), "tls"),
                Arguments.of(new SSLPeerUnverifiedException("other host"), "tls_certificate"),
                Arguments.of(new SSLHandshakeException("expired").initCause(EXPIRED), "tls_certificate"),
                Arguments.of(new SSLHandshakeException("closed").initCause(new IOException()), "tls_handshake"),
                Arguments.of(new IOException("odd", EXPIRED), "other"),
                Arguments.of(new SocketTimeoutException("Read timed out"), "read_timeout"),
                Arguments.of(new InterruptedIOException("interrupted"), "interrupted"),
                Arguments.of(new SocketException("Connection reset"), "reset"),
                Arguments.of(new NoHttpResponseException("closed"), "no_answer"),
                Arguments.of(new IOException("odd"), "other"),
                Arguments.of(new IllegalStateException("closed"), "other"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void isSurelyNotSentBeforeTheBodyAndUnknownFromItsFirstByteOn(Exception failure, String code) {
        assertThat(SendGridOutcome.of(failure, false, "")).isEqualTo(new Unavailable(code, "nothing was written"));
        assertThat(SendGridOutcome.of(failure, true, ""))
                .isEqualTo(new Unknown(code + "_after_write", "the request was written, no answer was read"));
        assertThat(SendGridOutcome.of(failure, true, "timeout").code()).isEqualTo("timeout_after_write");
        assertThat(SendGridOutcome.of(failure, false, "timeout").code()).isEqualTo("timeout");
    }

    private static Duration hint(Map<String, String> headers) {
        Throttled throttled = (Throttled) read(answer(429, headers, "m"));
        return throttled.retryAfter().orElseThrow();
    }

    private static Outcome read(Answer answer) {
        return SendGridOutcome.of(answer, NOW, AnswerRules.none());
    }

    private static Answer answer(int status, Map<String, String> headers, String message) {
        return new Answer(status, headers, "{\"errors\":[{\"message\":\"" + message + "\",\"field\":null}]}");
    }

    private static String kind(Outcome outcome) {
        String kind = outcome.getClass().getSimpleName();
        return outcome instanceof Misconfigured misconfigured ? kind + " " + misconfigured.scope() : kind;
    }
}
