package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
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
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

class CallFailureTest {

    static Stream<Arguments> causes() {
        return Stream.of(
                Arguments.of(new UnknownHostException("h"), "unknown_host", true),
                Arguments.of(new ConnectException("refused"), "connection_refused", true),
                Arguments.of(new NoRouteToHostException("no"), "connection_refused", true),
                Arguments.of(new ConnectTimeoutException("slow"), "connect_timeout", true),
                Arguments.of(new ConnectionRequestTimeoutException("full"), "pool_timeout", true),
                Arguments.of(new SSLHandshakeException("expired"), "tls_handshake", true),
                Arguments.of(new SSLPeerUnverifiedException("other host"), "tls_certificate", true),
                Arguments.of(new SSLException(new CertificateException("expired")), "tls_certificate", true),
                Arguments.of(new SSLException("broken"), "tls", false),
                Arguments.of(new SocketTimeoutException("Read timed out"), "read_timeout", false),
                Arguments.of(new SocketException("Connection reset"), "reset", false),
                Arguments.of(new NoHttpResponseException("closed"), "no_answer", false),
                Arguments.of(ApiCallTimeoutException.builder().message("t").build(), "timeout", false),
                Arguments.of(AbortedException.builder().message("a").build(), "interrupted", false),
                Arguments.of(new InterruptedIOException("ended"), "interrupted", false),
                Arguments.of(new IOException("odd"), "other", false));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void isSurelyNotSentBeforeTheBodyAndUnknownFromItsFirstByteOn(
            Exception cause, String code, boolean onlyBeforeWriting) {
        SdkException failure = wrapped(cause);

        assertThat(CallFailure.of(failure, Transmission.Body.UNSENT, 0))
                .isEqualTo(new Unavailable(code, "nothing was written"));
        assertThat(CallFailure.of(failure, Transmission.Body.BEGUN, 0))
                .isEqualTo(new Unknown(code + "_after_write", "the request was written, no answer was read"));
        Outcome untold = CallFailure.of(failure, Transmission.Body.UNTOLD, 0);
        assertThat(untold).isInstanceOf(onlyBeforeWriting ? Unavailable.class : Unknown.class);
    }

    @ParameterizedTest
    @EnumSource(Transmission.Body.class)
    void isAcceptedOnceASuccessWasAnswered(Transmission.Body body) {
        for (int status : new int[] {200, 202, 299}) {
            assertThat(CallFailure.of(wrapped(new SocketException("reset")), body, status))
                    .isEqualTo(new Accepted(""));
        }
        for (int status : new int[] {0, 199, 300, 500}) {
            assertThat(CallFailure.of(wrapped(new SocketException("reset")), body, status))
                    .isNotInstanceOf(Accepted.class);
        }
    }

    @Test
    void believesTheMessageOfAnUnreadableSuccessOnlyWhereNothingElseTells() {
        SdkException success =
                SdkClientException.create("Unable to unmarshall response (x). Response Code: 200, Text: OK");
        SdkException failure =
                SdkClientException.create("Unable to unmarshall response (x). Response Code: 500, Text: no");
        SdkException other = SdkClientException.create("Something else. Response Code: 200, Text: OK");

        assertThat(CallFailure.of(success, Transmission.Body.UNTOLD, 0)).isEqualTo(new Accepted(""));
        assertThat(CallFailure.of(failure, Transmission.Body.UNTOLD, 0)).isInstanceOf(Unknown.class);
        assertThat(CallFailure.of(other, Transmission.Body.UNTOLD, 0)).isInstanceOf(Unknown.class);
        assertThat(CallFailure.of(success, Transmission.Body.UNSENT, 0)).isInstanceOf(Unavailable.class);
        assertThat(CallFailure.of(success, Transmission.Body.BEGUN, 0)).isInstanceOf(Unknown.class);
    }

    @Test
    @Timeout(10)
    void looksAtTenCausesAndNoMore() {
        assertThat(CallFailure.of(deep(8), Transmission.Body.UNSENT, 0).code()).isEqualTo("reset");
        assertThat(CallFailure.of(deep(9), Transmission.Body.UNSENT, 0).code()).isEqualTo("other");
        IOException head = new IOException("a");
        head.initCause(new IOException("b", head));
        assertThat(CallFailure.of(wrapped(head), Transmission.Body.UNSENT, 0).code())
                .isEqualTo("other");
    }

    /** A reset below an SDK exception and so many others. */
    private static SdkException deep(int between) {
        Exception cause = new SocketException("reset");
        for (int i = 0; i < between; i++) {
            cause = new IOException("wrapped", cause);
        }
        return wrapped(cause);
    }

    @Test
    void isMisconfiguredWithoutCredentials() {
        SdkException none = SdkClientException.create("Unable to load credentials from any of the providers");

        assertThat(CallFailure.of(none, Transmission.Body.UNSENT, 0)).isInstanceOf(Misconfigured.class);
        assertThat(CallFailure.of(none, Transmission.Body.BEGUN, 0)).isInstanceOf(Unknown.class);
    }

    @Test
    void tellsACredentialServiceThatFailsFromOneThatRefuses() {
        for (int failing : new int[] {429, 500, 503}) {
            assertThat(credentials(failing))
                    .isEqualTo(new Unavailable("credentials_unavailable", "the service that gives credentials failed"));
        }
        for (int refusing : new int[] {400, 403, 499}) {
            assertThat(credentials(refusing))
                    .isEqualTo(new Misconfigured(
                            "no_credentials", "the service that gives credentials refused", Scope.ACCOUNT));
        }
    }

    @Test
    void isSurelyNotSentWhenClosedOnlyIfNothingWasWritten() {
        assertThat(CallFailure.closed(Transmission.Body.UNSENT))
                .isEqualTo(new Unavailable("closed", "nothing was written"));
        for (Transmission.Body written : new Transmission.Body[] {Transmission.Body.BEGUN, Transmission.Body.UNTOLD}) {
            assertThat(CallFailure.closed(written))
                    .isEqualTo(new Unknown("closed_after_write", "the request was written, no answer was read"));
        }
    }

    private static Outcome credentials(int status) {
        return CallFailure.of(AwsServiceException.builder().statusCode(status).build(), Transmission.Body.UNSENT, 0);
    }

    private static SdkException wrapped(Exception cause) {
        return cause instanceof SdkException sdk ? sdk : SdkClientException.create("Unable to execute", cause);
    }
}
