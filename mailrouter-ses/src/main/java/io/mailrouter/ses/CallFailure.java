package io.mailrouter.ses;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** Turns a call that ended without a readable answer into an outcome. */
final class CallFailure {

    /** The code of a failure that somebody must mend at the service or in this machine's trust store. */
    static final String CERTIFICATE = Cause.TLS_CERTIFICATE.code;

    private CallFailure() {}

    static Outcome of(SdkException failure, Transmission.Body body, int status) {
        boolean untold = body == Transmission.Body.UNTOLD;
        if ((status >= 200 && status < 300) || (untold && saysUnreadable2xx(failure))) {
            return new Accepted("");
        }
        if (failure instanceof AwsServiceException service) {
            return credentialService(service);
        }
        Cause cause = cause(failure);
        boolean unsent = body == Transmission.Body.UNSENT || (untold && cause.beforeWriting);
        if (!unsent) {
            return afterWrite(cause.code);
        }
        if (cause == Cause.OTHER && namesCredentials(failure)) {
            return new Misconfigured("no_credentials", "no credentials were found", Scope.ACCOUNT);
        }
        return new Unavailable(cause.code, "nothing was written");
    }

    /** Returns the outcome of a call whose client was closed while the call was on its way to the connection. */
    static Outcome closed(Transmission.Body body) {
        return body == Transmission.Body.UNSENT
                ? new Unavailable("closed", "nothing was written")
                : afterWrite("closed");
    }

    private static Outcome afterWrite(String code) {
        return new Unknown(code + "_after_write", "the request was written, no answer was read");
    }

    /**
     * A client without our interceptor leaves only its message to tell that the answer was a success. With it nobody
     * asks: the service that gives credentials may have answered so, before anything was sent.
     */
    private static boolean saysUnreadable2xx(SdkException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.startsWith("Unable to unmarshall response") && message.contains("Response Code: 2");
    }

    /** An answer of another service: credentials were to be had from it, so nothing has gone to SES yet. */
    private static Outcome credentialService(AwsServiceException answer) {
        return answer.statusCode() >= 500 || answer.isThrottlingException()
                ? new Unavailable("credentials_unavailable", "the service that gives credentials failed")
                : new Misconfigured("no_credentials", "the service that gives credentials refused", Scope.ACCOUNT);
    }

    private static boolean namesCredentials(SdkException failure) {
        return String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("credentials");
    }

    private static Cause cause(Throwable failure) {
        Throwable link = failure;
        for (int depth = 0; link != null && depth < 10; depth++) {
            Optional<Cause> cause = named(link);
            if (cause.isPresent()) {
                return cause.get();
            }
            link = link.getCause();
        }
        return Cause.OTHER;
    }

    /**
     * The order matters: a connect timeout is a read timeout by class. Both Apache clients have classes of these
     * names, and only one of the clients may be present, so names are compared.
     */
    private static Optional<Cause> named(Throwable link) {
        String name = link.getClass().getSimpleName();
        if (link instanceof ApiCallTimeoutException || link instanceof ApiCallAttemptTimeoutException) {
            return Optional.of(Cause.TIMEOUT);
        }
        if (link instanceof AbortedException || link instanceof InterruptedException) {
            return Optional.of(Cause.INTERRUPTED);
        }
        if ("ConnectionPoolTimeoutException".equals(name) || "ConnectionRequestTimeoutException".equals(name)) {
            return Optional.of(Cause.POOL_TIMEOUT);
        }
        if ("ConnectTimeoutException".equals(name)) {
            return Optional.of(Cause.CONNECT_TIMEOUT);
        }
        if (link instanceof UnknownHostException) {
            return Optional.of(Cause.UNKNOWN_HOST);
        }
        if (link instanceof ConnectException || link instanceof NoRouteToHostException) {
            return Optional.of(Cause.CONNECTION_REFUSED);
        }
        if (link instanceof SSLPeerUnverifiedException
                || (link instanceof SSLException && link.getCause() instanceof CertificateException)) {
            return Optional.of(Cause.TLS_CERTIFICATE);
        }
        if (link instanceof SSLException) {
            return Optional.of(link instanceof SSLHandshakeException ? Cause.TLS_HANDSHAKE : Cause.TLS);
        }
        if (link instanceof SocketTimeoutException) {
            return Optional.of(Cause.READ_TIMEOUT);
        }
        if (link instanceof InterruptedIOException) {
            return Optional.of(Cause.INTERRUPTED);
        }
        if (link instanceof SocketException) {
            return Optional.of(Cause.RESET);
        }
        return "NoHttpResponseException".equals(name) ? Optional.of(Cause.NO_ANSWER) : Optional.empty();
    }

    private enum Cause {
        UNKNOWN_HOST(true),
        CONNECTION_REFUSED(true),
        CONNECT_TIMEOUT(true),
        POOL_TIMEOUT(true),
        TLS_CERTIFICATE(true),
        TLS_HANDSHAKE(true),
        TLS(false),
        TIMEOUT(false),
        READ_TIMEOUT(false),
        RESET(false),
        NO_ANSWER(false),
        INTERRUPTED(false),
        OTHER(false);

        /** Whether it can only arise before the request is written. */
        private final boolean beforeWriting;

        private final String code = name().toLowerCase(Locale.ROOT);

        Cause(boolean beforeWriting) {
            this.beforeWriting = beforeWriting;
        }
    }
}
