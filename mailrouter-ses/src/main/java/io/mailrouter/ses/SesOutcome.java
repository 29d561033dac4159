package io.mailrouter.ses;

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
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

    /** A limit of the API is no quota that lasts until tomorrow: a pause of a minute is enough to find it lifted. */
    private static final Duration LIMIT_PAUSE = Duration.ofSeconds(60);

    private static final Pattern DAILY_QUOTA = Pattern.compile("(?i:daily (?:message |sending )?quota)");
    private static final Pattern CONFIGURATION = Pattern.compile("(?i:configuration set|tenant)|\\bARN\\b|\\barn:aws");
    private static final Pattern CONFIGURATION_SET = Pattern.compile("(?i:configuration set|tenant)");

    private SesOutcome() {}

    static Outcome of(SendEmailResponse answer) {
        return new Accepted(Objects.requireNonNullElse(answer.messageId(), ""));
    }

    /**
     * Returns what an error that SES answered means.
     *
     * @param named how far a fault in what the request names reaches
     * @param rules what the user knows better; not asked where something on the way may have answered
     * @param faultsMaySend whether to doubt the service's word that an internal error means nothing was sent
     */
    static Outcome of(SesV2Exception error, Named named, AnswerRules rules, boolean faultsMaySend) {
        Optional<AwsErrorDetails> details = Optional.ofNullable(error.awsErrorDetails());
        String code = details.map(AwsErrorDetails::errorCode).orElse("");
        String text = details.map(AwsErrorDetails::errorMessage).orElse("");
        int status = error.statusCode();
        String word = word(code);
        if (word.isEmpty()) {
            return withoutCode(status);
        }
        Outcome ours = withCode(word, text, status, named, faultsMaySend);
        if (ours instanceof Unknown && !FAULT_CODES.contains(word)) {
            // A code that the service does not have: nobody knows who has answered.
            return ours;
        }
        String answer = isAboutCredentials(word, status) ? code : code + " " + text;
        return rules.read(answer, word, Optional.empty()).orElse(ours);
    }

    /** Says whether an error with this code stops all that the account or the credential would send. */
    static boolean stopsTheAccount(String word) {
        return CREDENTIAL_CODES.contains(word) || word.equals("accountsuspended") || word.equals("sendingpaused");
    }

    private static boolean isAboutCredentials(String word, int status) {
        return CREDENTIAL_CODES.contains(word) || status == 401 || status == 403;
    }

    /** Cuts what differs between the API's versions: {@code ThrottlingException} and {@code Throttling} are one. */
    private static String word(String code) {
        String lower = code.toLowerCase(Locale.ROOT).strip();
        return lower.endsWith("exception") ? lower.substring(0, lower.length() - "exception".length()) : lower;
    }

    private static Outcome withCode(String word, String text, int status, Named named, boolean faultsMaySend) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (word.equals("accessdenied") && lower.contains(":identity/")) {
            return identity(word);
        }
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
            case "notfound" -> new Misconfigured(word, text, reach(text, named));
            case "accountsuspended" -> new Misconfigured(word, text, Scope.ACCOUNT);
            case "sendingpaused" ->
                new Misconfigured(word, text, isAboutConfiguration(text) ? named.configuration() : Scope.ACCOUNT);
            case "toomanyrequests", "throttling", "throttled", "requestlimitexceeded" ->
                paused(word, text, Optional.empty());
            case "limitexceeded" -> paused(word, text, Optional.of(LIMIT_PAUSE));
            default -> otherwise(word, text, status, named);
        };
    }

    private static Outcome paused(String word, String text, Optional<Duration> pause) {
        return DAILY_QUOTA.matcher(text).find()
                ? new QuotaExhausted("daily_quota", text)
                : new Throttled(word, text, pause);
    }

    private static Outcome otherwise(String word, String text, int status, Named named) {
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
            return CONFIGURATION.matcher(withoutAddresses(text)).find()
                    ? new Misconfigured(word, text, reach(text, named))
                    : new Rejected(word, text);
        }
        return new Unknown(word, text);
    }

    private static Scope reach(String text, Named named) {
        return isAboutConfiguration(text) ? named.configuration() : named.anything();
    }

    private static boolean isAboutConfiguration(String text) {
        return CONFIGURATION_SET.matcher(withoutAddresses(text)).find();
    }

    /** A recipient called tenant is no word about a tenant, and must not hold the provider. */
    private static String withoutAddresses(String text) {
        return Arrays.stream(text.split("\\s+"))
                .filter(word -> word.indexOf('@') < 0)
                .collect(Collectors.joining(" "));
    }

    /** Without the service's words, which name the account and its user; other identities may still be allowed. */
    private static Outcome identity(String word) {
        return new Misconfigured(word, "the credentials do not permit this sender's identity", Scope.SENDER);
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
