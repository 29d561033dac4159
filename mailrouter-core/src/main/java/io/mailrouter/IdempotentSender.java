package io.mailrouter;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.Fingerprint;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the email of one key once: who is granted the key sends, everyone else gets what came of that.
 *
 * <p>An email without a key passes. Another send of the key on this node is waited for as long as the deadline allows; one
 * on another node as long as there would still be time to send.
 */
final class IdempotentSender implements Sender {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final Sender next;
    private final Keys keys;
    private final Rules rules;
    private final EmailListener listener;
    private final Around around;

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

    /** Time, chance and waiting. */
    record Around(Time time, RandomGenerator random, Pause pause, Seldom seldom) {}

    IdempotentSender(Sender next, Keys keys, Rules rules, EmailListener listener, Around around) {
        this.next = next;
        this.keys = keys;
        this.rules = rules;
        this.listener = listener;
        this.around = around;
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
        Errand errand = new Errand(email, new Holding(ticket, around.time.nanos()), patient);
        Holding other = keys.hold(errand.mine);
        if (other != null) {
            return new Passage.Answered(Sent.of(errand.share(other)));
        }
        Passage passage;
        try {
            passage = errand.claim();
        } catch (Throwable defect) {
            keys.letGo(errand.mine, errand.notSent("defect", "a defect ended the send before it began", RETRY));
            throw defect;
        }
        if (passage instanceof Passage.Answered answered) {
            keys.letGo(errand.mine, answered.sent().result());
        }
        return passage;
    }

    private Duration allowed(Email email) {
        Duration most = rules.limits.deadline();
        return email.deadline().filter(d -> d.compareTo(most) < 0).orElse(most);
    }

    /** One email's way to its key. Used by one thread. */
    private final class Errand {

        private final Email email;
        private final Holding mine;
        private final Ticket ticket;
        private final boolean patient;
        private final long start;
        private final Duration allowed;

        Errand(Email email, Holding mine, boolean patient) {
            this.email = email;
            this.mine = mine;
            this.ticket = mine.ticket();
            this.patient = patient;
            this.start = around.time.nanos();
            this.allowed = allowed(email);
        }

        private Duration elapsed() {
            return around.time.since(start);
        }

        private void tell(String word) {
            listener.on(new EmailEvent.KeyClaimed(Journey.referenceOf(email), word));
        }

        private Trail trail() {
            return new Trail(Journey.referenceOf(email), List.of(), List.of(), elapsed());
        }

        SendResult notSent(String code, String reason, Duration retryIn) {
            return new SendResult.NotSent(
                    code, reason, Optional.of(around.time.now().plus(retryIn)), trail());
        }

        private SendResult conflict() {
            tell("conflict");
            return new SendResult.Rejected("", "key_reused", "its idempotency key stands for another email", trail());
        }

        private SendResult inFlight(Duration left) {
            tell("in_flight");
            return notSent("in_flight_elsewhere", "another send of its idempotency key is under way", left);
        }

        /** Waits for another send of the key on this node. */
        SendResult share(Holding other) {
            if (!other.ticket().fingerprint().equals(ticket.fingerprint())) {
                return conflict();
            }
            try {
                long wait = patient ? allowed.minus(elapsed()).toNanos() : 0;
                SendResult result = other.result().get(Math.max(0, wait), TimeUnit.NANOSECONDS);
                tell("shared");
                return Retold.with(result, Note.REPEATED, elapsed());
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            } catch (TimeoutException | ExecutionException notYet) {
                log.debug("A send of the same key has not ended in time");
            }
            return inFlight(other.left(around.time.nanos()));
        }

        Passage claim() {
            try {
                return claim(keys.store(), false);
            } catch (StoreUnavailableException failure) {
                return withoutStore(failure);
            }
        }

        private Passage withoutStore(StoreUnavailableException failure) {
            boolean sends = rules.onStoreFailure == StoreFailure.SEND;
            around.seldom.run(
                    "idempotency store",
                    times -> log.warn(
                            "The idempotency store {}: emails are {} ({} times lately)",
                            failure.getMessage(),
                            sends ? "sent with this node's memory of keys only" : "held",
                            times));
            tell("unavailable");
            if (sends) {
                return claim(keys.memory(), true);
            }
            // The claim may still reach the store, and would end as ambiguous there if nobody took it back.
            keys.settleLater(ticket, Settlements.notSent("not_begun"));
            return answered(
                    notSent("idempotency_store_unavailable", "the idempotency store " + failure.getMessage(), RETRY));
        }

        private Passage claim(IdempotencyStore store, boolean unprotected) {
            Duration pause = FIRST_PAUSE;
            while (true) {
                long asked = around.time.nanos();
                Claim claim = store.begin(ticket, keys.storeTime());
                @Nullable Settlement before = null;
                if (claim instanceof Claim.Settled settled && mayRetake(settled)) {
                    before = settled.settlement();
                    claim = store.retake(ticket, settled.owner(), keys.storeTime());
                }
                if (claim instanceof Claim.Granted) {
                    return granted(asked, before, unprotected);
                }
                if (claim instanceof Claim.Settled settled) {
                    tell(settled.settlement().state().name().toLowerCase(java.util.Locale.ROOT));
                    return answered(
                            Retold.with(Settlements.toResult(settled.settlement(), email, trail()), Note.REPEATED));
                }
                if (claim instanceof Claim.Busy busy) {
                    if (!paused(pause, busy.left())) {
                        return answered(inFlight(busy.left()));
                    }
                    pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                    continue;
                }
                return answered(conflict());
            }
        }

        private Passage answered(SendResult result) {
            return new Passage.Answered(Sent.of(result));
        }

        /** Waits a while by chance, unless too little time would be left to send. */
        private boolean paused(Duration ceiling, Duration left) {
            Duration quarter = allowed.dividedBy(4);
            Duration reserve = shorter(rules.limits.minAttemptTime(), quarter);
            long nanos = around.random.nextLong(ceiling.toNanos() / 2, ceiling.toNanos());
            Duration pause = shorter(Duration.ofNanos(nanos), left.plusMillis(1));
            if (!patient || elapsed().plus(pause).compareTo(allowed.minus(reserve)) > 0) {
                return false;
            }
            try {
                around.pause.await(pause);
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
            return switch (email.ambiguity().orElse(rules.limits.ambiguity())) {
                case STOP -> false;
                case RESEND_OTHER -> rules.providers.stream().anyMatch(name -> !name.equals(before.provider()));
                case RESEND_SAME ->
                    rules.providers.contains(before.provider())
                            && rules.window
                                    .apply(before.provider())
                                    .filter(window ->
                                            settled.age().plus(allowed).compareTo(window) < 0)
                                    .isPresent();
            };
        }

        private Passage granted(long asked, @Nullable Settlement before, boolean unprotected) {
            if (unprotected) {
                mine.lost();
            } else {
                mine.granted(asked);
                keys.memory().begin(ticket, keys.storeTime());
                tell(before == null ? "granted" : "retaken");
            }
            HeldKey ending = new HeldKey(keys, mine, email, start, allowed, before, unprotected);
            return new Passage.Open(onward(before), ending);
        }

        /** The time that the claim took counts; an email that may have been sent goes only where its policy says. */
        private Email onward(@Nullable Settlement before) {
            boolean late = elapsed().compareTo(FIRST_PAUSE) > 0;
            if (!late && before == null) {
                return email;
            }
            EmailBuilder on = email.toBuilder();
            Duration left = allowed.minus(elapsed());
            on.deadline(left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left);
            if (before != null && !before.provider().isEmpty()) {
                boolean same = email.ambiguity().orElse(rules.limits.ambiguity()) == Ambiguity.RESEND_SAME;
                rules.providers.stream()
                        .filter(name -> same != name.equals(before.provider()))
                        .forEach(on::notProviders);
            }
            return on.build();
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
