package io.mailrouter.ses;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.sesv2.model.SendEmailResponse;
import software.amazon.awssdk.services.sesv2.model.SesV2Exception;

/** Turns what SES answered into an outcome, by its error code and words; the exception's class says too little. */
final class SesOutcome {

    private static final Set<String> CREDENTIAL_CODES = Set.of(
            "accessdenied",
            "expiredtoken",
            "incompletesignature",
            "invalidaccesskeyid",
            "invalidclienttokenid",
            "invalidsignature",
            "missingauthenticationtoken",
            "notauthorized",
            "optinrequired",
            "requestexpired",
            "requesttimetooskewed",
            "signaturedoesnotmatch",
            "unrecognizedclient");

    /** On these, says the service, it has not sent. Any other 5xx may come from something between it and us. */
    private static final Set<String> FAULT_CODES =
            Set.of("internalserviceerror", "internalfailure", "serviceunavailable");

    private static final Pattern CONFIGURATION = Pattern.compile("(?i:configuration set|tenant)|\\bARN\\b|\\barn:aws");

    private SesOutcome() {}

    static Outcome of(SendEmailResponse answer) {
        return new Accepted(Objects.requireNonNullElse(answer.messageId(), ""));
    }

    /**
     * Returns what an error that SES answered means.
     *
     * @param faultsMaySend whether to doubt the service's word that an internal error means nothing was sent
     */
    static Outcome of(SesV2Exception error, boolean faultsMaySend) {
        Optional<AwsErrorDetails> details = Optional.ofNullable(error.awsErrorDetails());
        String code = details.map(AwsErrorDetails::errorCode).orElse("");
        String text = details.map(AwsErrorDetails::errorMessage).orElse("");
        int status = error.statusCode();
        String word = word(code);
        return word.isEmpty() ? withoutCode(status) : withCode(word, text, status, faultsMaySend);
    }

    /** Cuts what differs between the API's versions: {@code ThrottlingException} and {@code Throttling} are one. */
    private static String word(String code) {
        String lower = code.toLowerCase(Locale.ROOT).strip();
        return lower.endsWith("exception") ? lower.substring(0, lower.length() - "exception".length()) : lower;
    }

    private static Outcome withCode(String word, String text, int status, boolean faultsMaySend) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (CREDENTIAL_CODES.contains(word)) {
            return credential(word);
        }
        if (FAULT_CODES.contains(word) && status >= 500) {
            return faultsMaySend ? new Unknown(word, text) : new Unavailable(word, text);
        }
        return switch (word) {
            case "messagerejected" -> {
                boolean identity = lower.contains("not verified") || lower.contains("failed the check in region");
                yield identity ? new Misconfigured(word, text, Scope.SENDER) : new Rejected(word, text);
            }
            case "mailfromdomainnotverified" -> new Misconfigured(word, text, Scope.SENDER);
            case "notfound" -> new Misconfigured(word, text, Scope.REQUEST);
            case "accountsuspended" -> new Misconfigured(word, text, Scope.ACCOUNT);
            case "sendingpaused" ->
                new Misconfigured(word, text, lower.contains("configuration set") ? Scope.REQUEST : Scope.ACCOUNT);
            case "toomanyrequests", "throttling", "throttled", "requestlimitexceeded" ->
                lower.contains("daily message quota")
                        ? new QuotaExhausted("daily_quota", text)
                        : new Throttled(word, text, Optional.empty());
            case "limitexceeded" -> new QuotaExhausted(word, text);
            default -> otherwise(word, text, status);
        };
    }

    private static Outcome otherwise(String word, String text, int status) {
        if (status == 401 || status == 403) {
            return credential(word);
        }
        if (status == 404) {
            return new Misconfigured(word, text, Scope.ACCOUNT);
        }
        if (status == 429) {
            return new Throttled(word, text, Optional.empty());
        }
        if (status >= 400 && status < 500) {
            return CONFIGURATION.matcher(text).find()
                    ? new Misconfigured(word, text, Scope.REQUEST)
                    : new Rejected(word, text);
        }
        return new Unknown(word, text);
    }

    /** Without the service's words: on a wrong signature they repeat the signed headers, a session token included. */
    private static Outcome credential(String word) {
        return new Misconfigured(word, "the credentials, their permissions or the clock are wrong", Scope.ACCOUNT);
    }

    /** Not the service itself but something on the way has answered. */
    private static Outcome withoutCode(int status) {
        String code = "http_" + status;
        if (status >= 500 || status == 408) {
            return new Unknown(code, "answered without an error code of the service");
        }
        if (status == 429) {
            return new Throttled(code, "", Optional.empty());
        }
        if (status == 413) {
            return new Rejected(code, "too large");
        }
        if (status == 400) {
            return new Unavailable(code, "answered without an error code of the service");
        }
        return new Misconfigured(code, "answered without an error code of the service", Scope.ACCOUNT);
    }
}
