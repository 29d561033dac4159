package io.mailrouter.sendgrid;

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
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.http.NoHttpResponseException;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.conn.ConnectionPoolTimeoutException;

/** Turns what SendGrid answered, or why it did not, into an outcome. */
final class SendGridOutcome {

    private static final Pattern MESSAGE = Pattern.compile("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.){0,1000})");

    private SendGridOutcome() {}

    /**
     * Returns what an answer means.
     *
     * @param now stands in for the answer's own date where it holds none
     */
    static Outcome of(Answer answer, Instant now) {
        int status = answer.status();
        String code = "http_" + status;
        if (status >= 200 && status < 300) {
            return new Accepted(answer.header("X-Message-Id"));
        }
        return switch (status) {
            case 401 -> unauthorized(answer);
            case 403 -> forbidden(answer);
            case 404, 405, 407, 451 -> new Misconfigured(code, message(answer), Scope.ACCOUNT);
            case 408 -> new Unknown(code, message(answer));
            case 429 -> new Throttled(code, message(answer), retryAfter(answer, now));
            default -> byClass(answer);
        };
    }

    private static Outcome byClass(Answer answer) {
        String code = "http_" + answer.status();
        return switch (answer.status() / 100) {
            case 3 -> new Misconfigured(code, "redirects are not followed", Scope.ACCOUNT);
            case 4 -> new Rejected(code, message(answer));
            default -> new Unknown(code, message(answer));
        };
    }

    private static Outcome unauthorized(Answer answer) {
        return answer.body().toLowerCase(Locale.ROOT).contains("maximum credits exceeded")
                ? new QuotaExhausted("credits_exceeded", "maximum credits exceeded")
                : new Misconfigured("http_401", "the API key is wrong, expired or revoked", Scope.ACCOUNT);
    }

    private static Outcome forbidden(Answer answer) {
        boolean sender = answer.body().toLowerCase(Locale.ROOT).contains("sender identity");
        return new Misconfigured("http_403", message(answer), sender ? Scope.SENDER : Scope.ACCOUNT);
    }

    private static String message(Answer answer) {
        Matcher message = MESSAGE.matcher(answer.body());
        return message.find() ? message.group(1) : "";
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
     * @param timedOut whether the deadline ended it
     */
    static Outcome of(Exception failure, boolean begun, boolean timedOut) {
        String code = timedOut ? "timeout" : code(failure);
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
}
