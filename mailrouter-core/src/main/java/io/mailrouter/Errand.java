package io.mailrouter;

import io.mailrouter.IdempotentSender.Around;
import io.mailrouter.IdempotentSender.Desk;
import io.mailrouter.IdempotentSender.Rules;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One email's way to its key. Used by one thread. */
final class Errand {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(5);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Email email;
    private final Holding mine;
    private final Ticket ticket;
    private final boolean patient;
    private final Span span;
    private final Keys keys;
    private final Rules rules;
    private final EmailListener listener;
    private final Around around;
    private boolean told;

    /** A claim of ours is at the store, or may still come to it. */
    private boolean inDoubt;

    Errand(Email email, Holding mine, boolean patient, Desk desk) {
        this.keys = desk.keys();
        this.rules = desk.rules();
        this.listener = desk.listener();
        this.around = desk.around();
        this.email = email;
        this.mine = mine;
        this.ticket = mine.ticket();
        this.patient = patient;
        this.span = Span.of(email, rules.limits().deadline(), around.time());
    }

    /** Tells once; that the store could not be asked comes before what memory knows. */
    private void tell(String word) {
        if (!told) {
            told = true;
            listener.on(new EmailEvent.KeyClaimed(Journey.referenceOf(email), word));
        }
    }

    private Trail trail() {
        return new Trail(Journey.referenceOf(email), List.of(), List.of(), span.elapsed());
    }

    private SendResult notSent(String code, String reason, Duration retryIn) {
        return new SendResult.NotSent(
                code, reason, Optional.of(around.time().now().plus(retryIn)), trail());
    }

    private SendResult conflict() {
        tell("conflict");
        return new SendResult.Rejected("", "key_reused", "its idempotency key stands for another email", trail());
    }

    private SendResult inFlight(Duration left) {
        tell("in_flight");
        return notSent("in_flight_elsewhere", "another send of its idempotency key is under way", left);
    }

    SendResult defect() {
        return notSent("defect", "a defect ended the send before it began", RETRY);
    }

    /** Waits for another send of the key on this node. */
    SendResult share(Holding other) {
        if (!other.ticket().fingerprint().equals(ticket.fingerprint())) {
            return conflict();
        }
        try {
            long wait = patient ? span.left().toNanos() : 0;
            SendResult result = other.result().get(wait, TimeUnit.NANOSECONDS);
            tell("shared");
            return Retold.with(result, Note.REPEATED, span.elapsed());
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException notYet) {
            log.debug("A send of the same key has not ended in time");
        }
        return inFlight(other.left(around.time().nanos()));
    }

    Passage claim() {
        keys.awaitStart(span);
        try {
            return claim(keys.store(), false);
        } catch (StoreUnavailableException failure) {
            return withoutStore(failure);
        }
    }

    private Passage withoutStore(StoreUnavailableException failure) {
        boolean sends = email.storeFailure().orElse(rules.onStoreFailure()) == StoreFailure.SEND;
        around.seldom()
                .run(
                        "idempotency store",
                        times -> log.warn(
                                "The idempotency store {}: emails are {} ({} times lately)",
                                failure.getMessage(),
                                sends ? "sent with this node's memory of keys only" : "held",
                                times));
        tell("unavailable");
        inDoubt = failure.asked();
        if (sends) {
            return claimFromMemory();
        }
        takeBack(Settlements.notSent("not_begun"));
        return answered(
                notSent("idempotency_store_unavailable", "the idempotency store " + failure.getMessage(), RETRY));
    }

    /**
     * Settles a claim that may still reach the store, where it would end as ambiguous. Only for an email that is not sent
     * with this ticket any more: else the store would take it for unsent while it is being sent.
     */
    private void takeBack(Settlement known) {
        if (inDoubt) {
            keys.settleLater(ticket, known);
        }
    }

    private Passage claimFromMemory() {
        try {
            return claim(keys.memory(), true);
        } catch (IllegalStateException full) {
            return granted(Optional.empty(), true, 0);
        }
    }

    private Passage claim(IdempotencyStore store, boolean unprotected) {
        Duration pause = FIRST_PAUSE;
        Claim claim = store.begin(ticket, storeTime());
        while (claim instanceof Claim.Busy busy) {
            if (!paused(pause, busy.left())) {
                takeBack(Settlements.notSent("not_begun"));
                return answered(inFlight(busy.left()));
            }
            pause = Span.shorter(pause.multipliedBy(2), LONGEST_PAUSE);
            claim = askedAgain(store, busy);
        }
        if (claim instanceof Claim.Settled settled) {
            return mayRetake(settled) ? retake(store, settled, unprotected) : known(settled);
        }
        if (claim instanceof Claim.Granted granted) {
            return unprotected ? granted(Optional.empty(), true, 0) : granted(granted.times());
        }
        takeBack(Settlements.notSent("not_begun"));
        return answered(conflict());
    }

    /** What a store was made to forget, this node may still know: it counts, and the store is told again. */
    private Passage granted(int times) {
        if (keys.recall(ticket) instanceof Claim.Settled own && own.settlement().state() != KeyState.NOT_SENT) {
            if (mayRetake(own)) {
                return granted(Optional.of(own.settlement()), false, times);
            }
            inDoubt = true;
            return known(own);
        }
        return granted(Optional.empty(), false, times);
    }

    private Duration storeTime() {
        return span.forStore(keys.storeTime());
    }

    /** A store that fails meanwhile changes nothing about what it said: the key is somebody else's. */
    private Claim askedAgain(IdempotencyStore store, Claim.Busy before) {
        try {
            return store.begin(ticket, storeTime());
        } catch (StoreUnavailableException failure) {
            inDoubt |= failure.asked();
            return before;
        }
    }

    private Passage known(Claim.Settled settled) {
        takeBack(settled.settlement());
        tell(settled.settlement().state().name().toLowerCase(Locale.ROOT));
        return answered(Retold.with(Settlements.toResult(settled.settlement(), email, trail()), Note.REPEATED));
    }

    /** Who is not sure to have taken the key over does not send: the email is known to be ambiguous. */
    private Passage retake(IdempotencyStore store, Claim.Settled settled, boolean unprotected) {
        Claim claim;
        try {
            claim = store.retake(ticket, settled.owner(), storeTime());
        } catch (StoreUnavailableException failure) {
            inDoubt |= failure.asked();
            return known(settled);
        }
        if (claim instanceof Claim.Granted granted) {
            return granted(Optional.of(settled.settlement()), unprotected, unprotected ? 0 : granted.times());
        }
        return claim instanceof Claim.Busy busy
                ? answered(inFlight(busy.left()))
                : known(claim instanceof Claim.Settled now ? now : settled);
    }

    private Passage answered(SendResult result) {
        return new Passage.Answered(Sent.of(result));
    }

    /** Waits a while by chance, unless too little time would be left to send. */
    private boolean paused(Duration ceiling, Duration left) {
        Duration reserve =
                Span.shorter(rules.limits().minAttemptTime(), span.allowed().dividedBy(4));
        long nanos = around.random().nextLong(ceiling.toNanos() / 2, ceiling.toNanos());
        Duration untilItEnds = left.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : left;
        Duration pause = Span.shorter(Duration.ofNanos(nanos), untilItEnds).plusMillis(1);
        if (!patient || pause.compareTo(span.left().minus(reserve)) > 0) {
            return false;
        }
        try {
            around.pause().await(pause);
            return true;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean mayRetake(Claim.Settled settled) {
        Settlement before = settled.settlement();
        if (before.state() != KeyState.AMBIGUOUS) {
            return false;
        }
        return switch (email.ambiguity().orElse(rules.limits().ambiguity())) {
            case STOP -> false;
            case RESEND_OTHER -> rules.providers().stream().anyMatch(name -> !name.equals(before.provider()));
            case RESEND_SAME ->
                rules.providers().contains(before.provider())
                        && rules.window()
                                .apply(before.provider())
                                .filter(window ->
                                        settled.age().plus(span.allowed()).compareTo(window) < 0)
                                .isPresent();
        };
    }

    private Passage granted(Optional<Settlement> before, boolean unprotected, int times) {
        if (unprotected) {
            mine.lost();
        } else {
            mine.granted(around.time().nanos());
            keys.remember(ticket);
            tell(before.isEmpty() ? "granted" : "retaken");
        }
        HeldKey ending = new HeldKey(keys, mine, email, span, before, unprotected, times);
        return new Passage.Open(onward(before), ending);
    }

    /** The time that the claim took counts; an email that may have been sent goes only where its policy says. */
    private Email onward(Optional<Settlement> before) {
        Email charged = span.charged(email);
        String last = before.map(Settlement::provider).orElse("");
        if (last.isEmpty()) {
            return charged;
        }
        EmailBuilder on = charged.toBuilder();
        boolean same = email.ambiguity().orElse(rules.limits().ambiguity()) == Ambiguity.RESEND_SAME;
        rules.providers().stream().filter(name -> same != name.equals(last)).forEach(on::notProviders);
        return on.build();
    }
}
