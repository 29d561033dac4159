package io.mailrouter.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What certain answers of a service mean, as its user knows better than the provider does.
 *
 * <p>Rules are for answers that the service gave in its own words and by which it refused an email, and come before
 * what the provider makes of them. They never turn a failure into an acceptance, and are not asked where no answer
 * came. The first rule that fits decides; a pattern that runs too long fits nothing. Immutable.
 */
public final class AnswerRules {

    /** More of an answer than this is never read: a pattern must not run for long. */
    private static final int MAX_ANSWER = 2_000;

    private static final AnswerRules NONE = new AnswerRules(List.of());

    private final List<Rule> rules;

    private record Rule(Pattern pattern, Meaning meaning) {}

    private AnswerRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** What an answer may be taken for. */
    public enum Meaning {
        /** The email is at fault: {@link Outcome.Rejected}. */
        REJECTED,
        /** The service is at fault and sent nothing: {@link Outcome.Unavailable}. */
        UNAVAILABLE,
        /** The service asks for a pause: {@link Outcome.Throttled}. */
        THROTTLED,
        /** The quota is used up: {@link Outcome.QuotaExhausted}. */
        QUOTA_EXHAUSTED,
        /** The account or its credential is not set up: {@link Outcome.Misconfigured}. */
        ACCOUNT_MISCONFIGURED,
        /** The sender's domain is not set up: {@link Outcome.Misconfigured}. */
        SENDER_MISCONFIGURED,
        /** What this email names, such as a template, is not set up: {@link Outcome.Misconfigured}. */
        REQUEST_MISCONFIGURED,
        /** It may have been sent all the same: {@link Outcome.Unknown}. */
        UNKNOWN
    }

    /** Returns no rules. */
    public static AnswerRules none() {
        return NONE;
    }

    /**
     * Returns these rules and one more, which is asked after them.
     *
     * @param pattern a regular expression to be found in the answer; each provider says how its answers read
     * @param meaning what such an answer means
     * @throws java.util.regex.PatternSyntaxException when the pattern is malformed
     */
    public AnswerRules and(String pattern, Meaning meaning) {
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(Pattern.compile(pattern), meaning));
        return new AnswerRules(more);
    }

    /**
     * Returns what the first rule that fits says, or nothing.
     *
     * @param answer the service's refusal: its code first, then its words
     * @param code what the outcome is to have for a code
     * @param retryAfter the pause that the service asked for, if it did
     */
    public Optional<Outcome> read(String answer, String code, Optional<Duration> retryAfter) {
        String words = answer.length() > MAX_ANSWER ? answer.substring(0, MAX_ANSWER) : answer;
        return rules.stream()
                .filter(rule -> BoundedText.holds(words, rule.pattern))
                .findFirst()
                .map(rule -> outcome(rule.meaning, code, words, retryAfter));
    }

    private static Outcome outcome(Meaning meaning, String code, String words, Optional<Duration> retryAfter) {
        return switch (meaning) {
            case REJECTED -> new Outcome.Rejected(code, words);
            case UNAVAILABLE -> new Outcome.Unavailable(code, words);
            case THROTTLED -> new Outcome.Throttled(code, words, retryAfter);
            case QUOTA_EXHAUSTED -> new Outcome.QuotaExhausted(code, words);
            case ACCOUNT_MISCONFIGURED -> new Outcome.Misconfigured(code, words, Outcome.Scope.ACCOUNT);
            case SENDER_MISCONFIGURED -> new Outcome.Misconfigured(code, words, Outcome.Scope.SENDER);
            case REQUEST_MISCONFIGURED -> new Outcome.Misconfigured(code, words, Outcome.Scope.REQUEST);
            case UNKNOWN -> new Outcome.Unknown(code, words);
        };
    }
}
