package io.mailrouter.smtp;

import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.QuotaExhausted;
import io.mailrouter.provider.Outcome.Rejected;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Throttled;
import io.mailrouter.provider.Outcome.Unavailable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Whose fault a refusal is: by its enhanced code, its words, its code, and last by the phase in which it came. */
enum Fault {
    MESSAGE,
    SERVER,
    PACE,
    QUOTA,
    ACCOUNT,
    SENDER,
    REQUEST;

    private static final Map<String, Fault> BY_ENHANCED = Map.ofEntries(
            Map.entry("5.1.0", MESSAGE),
            Map.entry("5.1.1", MESSAGE),
            Map.entry("5.1.2", MESSAGE),
            Map.entry("5.1.3", MESSAGE),
            Map.entry("5.1.6", MESSAGE),
            Map.entry("5.1.7", SENDER),
            Map.entry("5.1.8", SENDER),
            Map.entry("5.1.10", MESSAGE),
            Map.entry("5.2.0", MESSAGE),
            Map.entry("5.2.1", MESSAGE),
            Map.entry("5.2.2", MESSAGE),
            Map.entry("5.2.3", MESSAGE),
            Map.entry("5.3.4", REQUEST),
            Map.entry("5.4.5", QUOTA),
            Map.entry("5.6.7", REQUEST),
            Map.entry("5.7.8", ACCOUNT),
            Map.entry("5.7.9", ACCOUNT),
            Map.entry("5.7.14", ACCOUNT),
            Map.entry("5.7.20", SENDER),
            Map.entry("5.7.21", SENDER),
            Map.entry("5.7.22", SENDER),
            Map.entry("5.7.23", SENDER),
            Map.entry("5.7.25", SENDER),
            Map.entry("5.7.26", SENDER),
            Map.entry("5.7.27", SENDER));

    private static final Map<Integer, Fault> BY_CODE = Map.of(530, ACCOUNT, 534, ACCOUNT, 535, ACCOUNT, 538, ACCOUNT);

    private record Words(Pattern pattern, boolean alsoTemporary, Fault fault) {}

    private static final List<Words> BY_WORDS = List.of(
            new Words(
                    Pattern.compile("(?i)daily (?:user )?(?:message|sending) (?:quota|limit)|maximum credits exceeded"
                            + "|sending (?:quota|limit) exceeded"),
                    true,
                    QUOTA),
            new Words(
                    Pattern.compile("(?i)throttl|maximum sending rate|rate limit|too many (?:connections|messages)"
                            + "|sending too (?:fast|quickly)|slow down"),
                    true,
                    PACE),
            new Words(Pattern.compile("(?i)not verified|failed the check in region|sender identity"), false, SENDER),
            new Words(
                    Pattern.compile("(?i)sending (?:is |has been )?paused|account (?:is |has been )?"
                            + "(?:suspended|disabled|shut down)|relay(?:ing)? (?:access )?denied|unable to relay"),
                    false,
                    ACCOUNT));

    Outcome outcome(String code, String words) {
        return switch (this) {
            case MESSAGE -> new Rejected(code, words);
            case SERVER -> new Unavailable(code, words);
            case PACE -> new Throttled(code, words, Optional.empty());
            case QUOTA -> new QuotaExhausted(code, words);
            case ACCOUNT -> new Misconfigured(code, words, Scope.ACCOUNT);
            case SENDER -> new Misconfigured(code, words, Scope.SENDER);
            case REQUEST -> new Misconfigured(code, words, Scope.REQUEST);
        };
    }

    static Fault of(Phase phase, SmtpReply reply) {
        Optional<Fault> enhanced = Optional.ofNullable(BY_ENHANCED.get(reply.enhanced()));
        Fault fault = enhanced.or(() -> byWords(reply)).orElseGet(() -> byPhase(phase, reply));
        // At MAIL no recipient is known yet and no word of the message: the address that is wrong is the sender's.
        return phase == Phase.MAIL && fault == MESSAGE ? SENDER : fault;
    }

    private static Optional<Fault> byWords(SmtpReply reply) {
        return BY_WORDS.stream()
                .filter(words -> reply.isPermanent() || words.alsoTemporary)
                .filter(words -> words.pattern.matcher(reply.text()).find())
                .map(Words::fault)
                .findFirst();
    }

    private static Fault byPhase(Phase phase, SmtpReply reply) {
        boolean lasting = reply.enhanced().isEmpty()
                ? reply.isPermanent() && !(phase == Phase.RCPT && reply.code() == 552)
                : reply.enhanced().startsWith("5");
        if (!lasting || phase.compareTo(Phase.LOGIN) < 0) {
            return SERVER;
        }
        Fault usual = switch (phase) {
            case LOGIN -> ACCOUNT;
            // RFC 1870 section 6.1: too large, by the size that we announced.
            case MAIL -> reply.code() == 552 ? REQUEST : SENDER;
            default -> MESSAGE;
        };
        return BY_CODE.getOrDefault(reply.code(), usual);
    }
}
