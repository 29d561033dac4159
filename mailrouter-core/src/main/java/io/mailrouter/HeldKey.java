package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.idempotency.Settlement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settles a granted key by what came of its email, and again by a late answer. */
final class HeldKey implements Passage.Ending {

    /** Past the deadline a caller waits no longer than this for the store; what is not written by then is written soon. */
    private static final Duration LEAST = Duration.ofMillis(50);

    private final Keys keys;
    private final Holding holding;
    private final Email email;
    private final Span span;
    private final Optional<Settlement> before;
    private final boolean unprotected;
    private final int claims;

    /**
     * Begins with a key that is granted.
     *
     * @param claims how often it was granted, 0 where that is not known
     */
    HeldKey(
            Keys keys,
            Holding holding,
            Email email,
            Span span,
            Optional<Settlement> before,
            boolean unprotected,
            int claims) {
        this.keys = keys;
        this.holding = holding;
        this.email = email;
        this.span = span;
        this.before = before;
        this.unprotected = unprotected;
        this.claims = claims;
    }

    @Override
    public Sent end(Sent sent) {
        Sent told = sent.map(this::told);
        settle(told.result());
        told.late()
                .ifPresent(late -> late.whenComplete((result, defect) -> {
                    if (result != null) {
                        settle(result);
                    }
                }));
        keys.letGo(holding, told.result());
        return told;
    }

    @Override
    public void broken() {
        Trail trail = new Trail(Journey.referenceOf(email), List.of(), List.of(), span.elapsed());
        SendResult unknown = new SendResult.Unknown("", "defect", "a defect hides what came of it", trail);
        settle(unknown);
        keys.letGo(holding, unknown);
    }

    /** What was sent before may have arrived, so a failure to send it again does not make it unsent. */
    private SendResult told(SendResult result) {
        SendResult told = unprotected ? Retold.with(result, Note.UNPROTECTED) : Retold.claimed(result, claims);
        boolean clear = told instanceof SendResult.Accepted
                || told instanceof SendResult.PartlyAccepted
                || told instanceof SendResult.Unknown;
        return before.isEmpty() || clear
                ? told
                : new SendResult.Unknown(
                        before.get().provider(),
                        before.get().code(),
                        "it may have been sent before, and now it was not",
                        told.trail());
    }

    private void settle(SendResult result) {
        Settlement settlement = Settlements.of(result, email);
        if (unprotected) {
            keys.settleLater(holding.ticket(), settlement);
        } else {
            keys.settle(holding.ticket(), settlement, timeLeft());
        }
    }

    private Duration timeLeft() {
        Duration left = span.left();
        return Span.shorter(left.compareTo(LEAST) > 0 ? left : LEAST, keys.storeTime());
    }
}
