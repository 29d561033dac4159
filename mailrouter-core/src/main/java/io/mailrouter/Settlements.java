package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.provider.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Writes a result down for whoever asks later, and reads it again. Pure. */
final class Settlements {

    private Settlements() {}

    /**
     * Returns what is remembered of a result.
     *
     * <p>A refusal by a provider is for good. One by ourselves, for want of an eligible provider, is not: the next
     * configuration may have one. Nor is a passed notAfter: another send of the email may name a later one.
     */
    static Settlement of(SendResult result, Email email) {
        if (result instanceof SendResult.Accepted accepted) {
            return Settlement.of(KeyState.SENT, accepted.provider(), accepted.messageId(), "accepted");
        }
        if (result instanceof SendResult.PartlyAccepted partly) {
            return new Settlement(
                    KeyState.SENT, partly.provider(), partly.messageId(), "partial", refused(partly, email));
        }
        if (result instanceof SendResult.Unknown unknown) {
            return Settlement.of(KeyState.AMBIGUOUS, unknown.provider(), "", unknown.code());
        }
        if (result instanceof SendResult.Rejected rejected
                && !rejected.provider().isEmpty()) {
            return Settlement.of(KeyState.REFUSED, rejected.provider(), "", rejected.code());
        }
        return notSent(result.word());
    }

    static Settlement notSent(String code) {
        return Settlement.of(KeyState.NOT_SENT, "", "", code);
    }

    private static List<Settlement.Refused> refused(SendResult.PartlyAccepted partly, Email email) {
        List<String> recipients =
                recipients(email).stream().map(EmailAddress::address).toList();
        List<Settlement.Refused> refused = new ArrayList<>();
        for (Outcome.Refusal refusal : partly.refused()) {
            int index = recipients.indexOf(refusal.recipient().address());
            if (index >= 0) {
                refused.add(new Settlement.Refused(index, refusal.code(), refusal.temporary()));
            }
        }
        return refused;
    }

    private static List<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc())
                .flatMap(List::stream)
                .toList();
    }

    /** Returns what a settlement says to another send of the same email. */
    static SendResult toResult(Settlement settlement, Email email, Trail trail) {
        return switch (settlement.state()) {
            case SENT -> sent(settlement, email, trail);
            case REFUSED ->
                new SendResult.Rejected(settlement.provider(), settlement.code(), "refused when it came before", trail);
            case AMBIGUOUS ->
                new SendResult.Unknown(
                        settlement.provider(), settlement.code(), "nobody can tell what came of it before", trail);
            case NOT_SENT, IN_FLIGHT ->
                new SendResult.NotSent(
                        settlement.code(), "not sent when it came before", java.util.Optional.empty(), trail);
        };
    }

    private static SendResult sent(Settlement settlement, Email email, Trail trail) {
        List<EmailAddress> recipients = recipients(email);
        List<Outcome.Refusal> refused = settlement.refused().stream()
                .filter(one -> one.recipient() < recipients.size())
                .map(one -> new Outcome.Refusal(
                        recipients.get(one.recipient()), one.code(), "refused when it came before", one.temporary()))
                .toList();
        return settlement.code().equals("partial")
                ? new SendResult.PartlyAccepted(settlement.provider(), settlement.messageId(), refused, trail)
                : new SendResult.Accepted(settlement.provider(), settlement.messageId(), trail);
    }
}
