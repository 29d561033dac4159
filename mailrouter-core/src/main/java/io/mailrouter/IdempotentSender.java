package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailListener;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Sends the email of one key once: who is granted the key sends, everyone else gets what came of that.
 *
 * <p>An email without a key passes. Another send of the key on this node is waited for as long as the deadline allows; one
 * on another node as long as there would still be time to send.
 */
final class IdempotentSender implements Sender {

    private final Sender next;
    private final Keys keys;
    private final Desk desk;

    /**
     * What decides about an email with a key.
     *
     * @param limits how much one send may spend
     * @param onStoreFailure what to do without the store
     * @param providers the names of all providers
     * @param window how long a provider recognises a repeated request; none if it does not
     */
    record Rules(
            RoutingSender.Limits limits,
            StoreFailure onStoreFailure,
            List<String> providers,
            Function<String, Optional<Duration>> window) {}

    /** What all errands share. */
    record Desk(Keys keys, Rules rules, EmailListener listener, Around around) {}

    /** Time, chance and waiting. */
    record Around(Time time, RandomGenerator random, Pause pause, Seldom seldom) {}

    IdempotentSender(Sender next, Keys keys, Rules rules, EmailListener listener, Around around) {
        this.next = next;
        this.keys = keys;
        this.desk = new Desk(keys, rules, listener, around);
    }

    @Override
    public Sent send(Email email) {
        return email.idempotencyKey().isEmpty()
                ? next.send(email)
                : begin(email).through(next);
    }

    /** The first half for an email that travels alone: waits while its key is in flight elsewhere. */
    Passage begin(Email email) {
        return begin(email, true);
    }

    /** The first half for an email that travels with others, which must not wait for it. */
    Passage beginNow(Email email) {
        return begin(email, false);
    }

    private Passage begin(Email email, boolean patient) {
        if (email.idempotencyKey().isEmpty()) {
            return new Passage.Open(email, sent -> sent);
        }
        Ticket ticket = keys.ticket(email.idempotencyKey(), Fingerprint.of(email));
        Holding mine = new Holding(ticket, desk.around().time().nanos());
        Errand errand = new Errand(email, mine, patient, desk);
        Holding other = keys.hold(mine);
        if (other != null) {
            return new Passage.Answered(Sent.of(errand.share(other)));
        }
        Passage passage;
        try {
            passage = errand.claim();
        } catch (Throwable defect) {
            keys.letGo(mine, errand.defect());
            throw defect;
        }
        if (passage instanceof Passage.Answered answered) {
            keys.letGo(mine, answered.sent().result());
        }
        return passage;
    }
}
