package io.mailrouter.sendgrid;

import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.http.NoHttpResponseException;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.conn.ConnectionPoolTimeoutException;

/** Turns what SendGrid answered, or why it did not, into an outcome. */
final class SendGridOutcome {

    /** The code of a failure that somebody must mend at the service or in this machine's trust store. */
    static final String CERTIFICATE = "tls_certificate";

    /** Parts of a request that mean something in one account only; another provider never sees them. */
    private static final Pattern OF_THE_ACCOUNT = Pattern.compile("template_id|ip_pool_name|batch_id|asm(\\..*)?");

    private SendGridOutcome() {}

    /**
     * Returns what an answer means.
     *
     * @param now stands in for the answer's own date where it holds none
     * @param rules the user's own, asked first where the service refused in its own words
     */
    static Outcome of(Answer answer, Instant now, AnswerRules rules) {
        int status = answer.status();
        if (status >= 200 && status < 300) {
            return new Accepted(answer.header("X-Message-Id"));
        }
        String code = "http_" + status;
        Refusal refusal = Refusal.read(answer.body());
        if (status >= 400 && !refusal.isEmpty()) {
            Optional<Outcome> known = rules.read(status + " " + refusal.words(), code, retryAfter(answer, now));
            if (known.isPresent()) {
                return known.get();
            }
        }
        return switch (status) {
            case 400 -> badRequest(refusal);
            case 401 -> unauthorized(answer);
            case 403 -> forbidden(refusal);
            case 404, 405, 407, 451 -> new Misconfigured(code, refusal.words(), Scope.ACCOUNT);
            case 408 -> new Unknown(code, refusal.words());
            case 429 -> new Throttled(code, refusal.words(), retryAfter(answer, now));
            default -> byClass(status, refusal);
        };
    }

    private static Outcome byClass(int status, Refusal refusal) {
        String code = "http_" + status;
        return switch (status / 100) {
            case 3 -> new Misconfigured(code, "redirects are not followed", Scope.ACCOUNT);
            case 4 -> new Rejected(code, refusal.words());
            default -> new Unknown(code, refusal.words());
        };
    }

    /** An unknown template or address pool is no fault of the email: it may go through another provider. */
    private static Outcome badRequest(Refusal refusal) {
        boolean ours = !refusal.isEmpty()
                && refusal.faults().stream()
                        .allMatch(fault -> OF_THE_ACCOUNT.matcher(fault.field()).matches());
        return ours
                ? new Misconfigured("http_400", refusal.words(), Scope.REQUEST)
                : new Rejected("http_400", refusal.words());
    }

    private static Outcome unauthorized(Answer answer) {
        return answer.body().toLowerCase(Locale.ROOT).contains("maximum credits exceeded")
                ? new QuotaExhausted("credits_exceeded", "maximum credits exceeded")
                : new Misconfigured("http_401", "the API key is wrong, expired or revoked", Scope.ACCOUNT);
    }

    private static Outcome forbidden(Refusal refusal) {
        boolean sender = refusal.words().toLowerCase(Locale.ROOT).contains("sender identity");
        return new Misconfigured("http_403", refusal.words(), sender ? Scope.SENDER : Scope.ACCOUNT);
    }

    /** By the service's own clock, for ours may be wrong. Whoever holds the provider caps it. */
    private static Optional<Duration> retryAfter(Answer answer, Instant now) {
        try {
            Instant reset = Instant.ofEpochSecond(
                    Long.parseLong(answer.header("X-RateLimit-Reset").strip()));
            return Optional.of(Duration.between(date(answer).orElse(now), reset))
                    .filter(wait -> !wait.isNegative() && !wait.isZero());
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> date(Answer answer) {
        try {
            return Optional.of(ZonedDateTime.parse(answer.header("Date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns what a call without an answer means.
     *
     * @param begun whether a byte of the body may have left
     * @param endedBy why we ended it ourselves, empty if we did not
     */
    static Outcome of(Exception failure, boolean begun, String endedBy) {
        String code = endedBy.isEmpty() ? code(failure) : endedBy;
        return begun
                ? new Unknown(code + "_after_write", "the request was written, no answer was read")
                : new Unavailable(code, "nothing was written");
    }

    /** The order matters: pool and connect timeouts are read timeouts by class. */
    private static String code(Exception failure) {
        if (failure instanceof ConnectionPoolTimeoutException) {
            return "pool_timeout";
        }
        if (failure instanceof ConnectTimeoutException) {
            return "connect_timeout";
        }
        if (failure instanceof UnknownHostException) {
            return "unknown_host";
        }
        if (failure instanceof ConnectException || failure instanceof NoRouteToHostException) {
            return "connection_refused";
        }
        if (isOfCertificate(failure)) {
            return CERTIFICATE;
        }
        if (failure instanceof SSLException) {
            return failure instanceof SSLHandshakeException ? "tls_handshake" : "tls";
        }
        if (failure instanceof SocketTimeoutException) {
            return "read_timeout";
        }
        if (failure instanceof InterruptedIOException) {
            return "interrupted";
        }
        if (failure instanceof SocketException) {
            return "reset";
        }
        return failure instanceof NoHttpResponseException ? "no_answer" : "other";
    }

    /** A certificate that is expired, for another host or vouched for by nobody. */
    private static boolean isOfCertificate(Exception failure) {
        Throwable cause = failure.getCause();
        return failure instanceof SSLPeerUnverifiedException
                || (failure instanceof SSLException && cause instanceof CertificateException);
    }
}
