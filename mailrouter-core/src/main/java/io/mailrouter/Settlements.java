package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Writes a result down for whoever asks later, and reads it again. Pure. */
final class Settlements {

    private static final String PARTIAL = "partial";
    private static final String SUPPRESSED = "suppressed";

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
            return new Settlement(KeyState.SENT, partly.provider(), partly.messageId(), PARTIAL, others(partly, email));
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

    /** Who is named in no result was suppressed, and is not to be named in a repetition either. */
    private static List<Settlement.Other> others(SendResult.PartlyAccepted partly, Email email) {
        Map<String, RecipientResult> results = new HashMap<>();
        partly.recipients().forEach(result -> results.put(result.recipient().address(), result));
        List<EmailAddress> recipients = recipients(email);
        List<Settlement.Other> others = new ArrayList<>();
        for (int i = 0; i < recipients.size(); i++) {
            RecipientResult result = results.get(recipients.get(i).address());
            if (result == null) {
                others.add(new Settlement.Other(i, KeyState.REFUSED, SUPPRESSED));
            } else if (result.fate() != Fate.ACCEPTED) {
                others.add(new Settlement.Other(i, state(result.fate()), result.code()));
            }
        }
        return others;
    }

    private static KeyState state(Fate fate) {
        return switch (fate) {
            case NOT_SENT -> KeyState.NOT_SENT;
            case REFUSED -> KeyState.REFUSED;
            case UNKNOWN -> KeyState.AMBIGUOUS;
            case ACCEPTED -> KeyState.SENT;
        };
    }

    private static Fate fate(KeyState state) {
        return switch (state) {
            case NOT_SENT -> Fate.NOT_SENT;
            case REFUSED -> Fate.REFUSED;
            case AMBIGUOUS, IN_FLIGHT -> Fate.UNKNOWN;
            case SENT -> Fate.ACCEPTED;
        };
    }

    /** Each address once, as in a result. */
    private static List<EmailAddress> recipients(Email email) {
        return Stream.of(email.to(), email.cc(), email.bcc())
                .flatMap(List::stream)
                .filter(new HashSet<>()::add)
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
                new SendResult.NotSent(settlement.code(), "not sent when it came before", Optional.empty(), trail);
        };
    }

    private static SendResult sent(Settlement settlement, Email email, Trail trail) {
        if (!settlement.code().equals(PARTIAL)) {
            return new SendResult.Accepted(settlement.provider(), settlement.messageId(), trail);
        }
        Map<Integer, Settlement.Other> others = new HashMap<>();
        settlement.others().forEach(other -> others.put(other.recipient(), other));
        List<EmailAddress> recipients = recipients(email);
        List<RecipientResult> results = new ArrayList<>();
        for (int i = 0; i < recipients.size(); i++) {
            Settlement.Other other = others.get(i);
            KeyState state = other == null ? KeyState.SENT : other.state();
            String code = other == null ? "accepted" : other.code();
            if (!code.equals(SUPPRESSED)) {
                results.add(new RecipientResult(recipients.get(i), fate(state), settlement.provider(), code, ""));
            }
        }
        return new SendResult.PartlyAccepted(settlement.provider(), settlement.messageId(), results, trail);
    }
}
