package io.mailrouter.smtp;

import io.mailrouter.email.EmailAddress;
import io.mailrouter.provider.AnswerRules;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.provider.Outcome.Misconfigured;
import io.mailrouter.provider.Outcome.Partial;
import io.mailrouter.provider.Outcome.Refusal;
import io.mailrouter.provider.Outcome.Scope;
import io.mailrouter.provider.Outcome.Unavailable;
import io.mailrouter.provider.Outcome.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what a server said, or why it did not, into an outcome.
 *
 * <p>A refusal is read by the user's rules first, then by its enhanced code, its words, its code, and last by the phase
 * in which it came.
 */
final class SmtpOutcome {

    /** The server takes no login, or none of the kinds that we know. */
    static final String NO_LOGIN = "no_login_offered";

    /** XOAUTH2 tells a refusal in a challenge. */
    private static final int CHALLENGE = 334;

    private static final Pattern ID = Pattern.compile("(?i)(?:queued as|\\bid=)\\s*([A-Za-z0-9][A-Za-z0-9._@+-]{2,})"
            + "|^(?:2\\.[0-9.]+ )?ok:? ([A-Za-z0-9][A-Za-z0-9._@+-]{5,})$");

    private final AnswerRules rules;

    /** @param rules what the user knows better */
    SmtpOutcome(AnswerRules rules) {
        this.rules = rules;
    }

    /**
     * Returns what a delivery came to.
     *
     * @param named all recipients that have an address
     * @param endedBy why we ended it ourselves, empty if we did not
     */
    Outcome of(Delivery delivery, Function<String, List<EmailAddress>> named, String endedBy) {
        if (delivery.failure().isPresent()) {
            String code = endedBy.isEmpty() ? Failures.code(delivery.failure().get()) : endedBy;
            if (code.equals(NO_LOGIN)) {
                return new Misconfigured(code, "the server offers no login that is known here", Scope.ACCOUNT);
            }
            return withoutAnswer(delivery.phase(), code);
        }
        SmtpReply reply = delivery.reply().orElseThrow();
        if (delivery.isAccepted()) {
            return accepted(delivery, named, reply);
        }
        if (delivery.phase() == Phase.LOGIN && reply.code() == CHALLENGE) {
            return refusal(Phase.LOGIN, new SmtpReply(535, "", ""));
        }
        if (!reply.isRefusal()) {
            String code = reply.code() == SmtpReply.CLOSED ? "connection_closed" : "malformed_reply";
            return withoutAnswer(delivery.phase(), endedBy.isEmpty() ? code : endedBy);
        }
        return delivery.phase() == Phase.RCPT && !delivery.refused().isEmpty()
                ? allRefused(delivery.refused().values())
                : refusal(delivery.phase(), reply);
    }

    /** Before the dot the server has nothing that it could deliver; behind it only its own word counts. */
    private static Outcome withoutAnswer(Phase phase, String code) {
        return phase == Phase.DOT
                ? new Unknown(code + "_after_dot", "the message was written, no answer was read")
                : new Unavailable(code, "nothing was sent");
    }

    private Outcome accepted(Delivery delivery, Function<String, List<EmailAddress>> named, SmtpReply reply) {
        Matcher id = ID.matcher(reply.text());
        String messageId = id.find() ? Objects.requireNonNullElseGet(id.group(1), () -> id.group(2)) : "";
        if (delivery.refused().isEmpty()) {
            return new Accepted(messageId);
        }
        List<Refusal> refused = new ArrayList<>();
        for (Map.Entry<String, SmtpReply> one : delivery.refused().entrySet()) {
            Outcome outcome = refusal(Phase.RCPT, one.getValue());
            for (EmailAddress recipient : named.apply(one.getKey())) {
                refused.add(new Refusal(recipient, outcome.code(), outcome.reason(), outcome.surelyNotSent()));
            }
        }
        return new Partial(messageId, refused);
    }

    /**
     * Nothing was sent to anybody. As long as one of them may be taken elsewhere or later, all go on: whoever is
     * refused for good is so again there, and nobody gets a second copy.
     */
    private Outcome allRefused(Iterable<SmtpReply> replies) {
        Optional<Outcome> first = Optional.empty();
        for (SmtpReply reply : replies) {
            Outcome outcome = refusal(Phase.RCPT, reply);
            boolean better =
                    first.isEmpty() || (outcome.surelyNotSent() && !first.get().surelyNotSent());
            first = better ? Optional.of(outcome) : first;
        }
        return first.orElseThrow();
    }

    /** Returns what a refusal in the server's own words means. */
    Outcome refusal(Phase phase, SmtpReply reply) {
        String code = "smtp_" + reply.code();
        // A refused login is told without the server's words, which may repeat what it was sent.
        boolean login = phase == Phase.LOGIN;
        String words = login ? "the server refused the login" : reply.text();
        return rules.read(login ? reply.codes() : reply.answer(), code, Optional.empty())
                .orElseGet(() -> Fault.of(phase, reply).outcome(code, words));
    }
}
