package io.mailrouter.sqs;

import io.mailrouter.RecipientResult;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.sqs.message.MalformedMessageException;
import io.mailrouter.sqs.message.PayloadUnavailableException;
import java.time.Duration;
import java.util.Set;

/** Decides what becomes of a message. Pure: the same for every entry point, without I/O, time or chance of its own. */
final class Dispositions {

    /** Amazon SQS refuses to hide a message for longer than 12 h after it was received. */
    private static final Duration LONGEST_LEASE = Duration.ofHours(12);

    private static final long SHORTEST_SECONDS = 1;

    /** What is at fault and was surely not sent. Something out of date is not worth blocking a group for. */
    private static final Set<String> BLOCKING = Set.of("malformed", "rejected", "attempts_used");

    /** The code of an email whose idempotency key stands for another one. */
    private static final String KEY_REUSED = "key_reused";

    /** The code of an email that somebody else is sending. */
    private static final String IN_FLIGHT_ELSEWHERE = "in_flight_elsewhere";

    /** The code of a message whose producer has named no key, where that is required. */
    private static final String KEY_MISSING = "key_missing";

    private Dispositions() {}

    static Disposition decide(SendResult result, MessageContext context, Policy policy) {
        if (result instanceof SendResult.Accepted) {
            return new Disposition.Delete(result.trail().isRepeated() ? "duplicate" : "accepted");
        }
        if (result instanceof SendResult.NotSent notSent) {
            return notSent(notSent, context, policy);
        }
        if (result instanceof SendResult.Unknown unknown) {
            return ended(policy.onUnknown(), "unknown", unknown.code(), unknown.reason());
        }
        if (result instanceof SendResult.Suppressed) {
            return ended(policy.onRejected(), "rejected", "suppressed", "every recipient is suppressed");
        }
        if (result instanceof SendResult.Rejected rejected && rejected.code().equals(KEY_REUSED)) {
            return ended(policy.onMalformed(), "malformed", rejected.code(), rejected.reason());
        }
        if (result instanceof SendResult.Rejected rejected) {
            return ended(policy.onRejected(), "rejected", rejected.code(), rejected.reason());
        }
        if (result instanceof SendResult.PartlyAccepted partly) {
            return partlyAccepted(partly, policy);
        }
        return ended(policy.onStale(), "expired", "expired", "notAfter had passed");
    }

    /** Refused recipients may be deleted with the message; those that still want their copy, or may have it, may not. */
    private static Disposition partlyAccepted(SendResult.PartlyAccepted partly, Policy policy) {
        int refused = partly.recipients(RecipientResult.Fate.REFUSED).size();
        int notSent = partly.recipients(RecipientResult.Fate.NOT_SENT).size();
        int unknown = partly.recipients(RecipientResult.Fate.UNKNOWN).size();
        return ended(
                notSent + unknown == 0 ? policy.onRejected() : Handling.DEAD_LETTER,
                "partly_accepted",
                "partial",
                refused + " refused, " + notSent + " not sent, " + unknown + " unknown");
    }

    static Disposition malformed(MalformedMessageException e, Policy policy) {
        return ended(policy.onMalformed(), "malformed", e.code(), e.reason());
    }

    static Disposition keyMissing(Policy policy) {
        return ended(
                policy.onMalformed(),
                "malformed",
                KEY_MISSING,
                "idempotencyKey is missing, in the body and in the attribute " + MessageHandler.KEY_ATTRIBUTE);
    }

    /** Refuses to let the rest of a FIFO group pass a message that is at fault, where that is the policy. */
    static Disposition inGroup(Disposition decided, MessageContext context, Policy policy, FifoPolicy fifo) {
        if (fifo.onRejected() == FifoRejected.BLOCK
                && decided instanceof Disposition.DeadLetter letter
                && BLOCKING.contains(letter.reason())) {
            return new Disposition.Block(backoff(context, policy), letter.reason(), letter.code());
        }
        return decided;
    }

    /**
     * Says whether the first of a FIFO group, which was not sent, stays with those behind it for another try.
     *
     * @param failedFor how long ago it failed first
     * @param timeLeft for how long it may still be kept
     */
    static boolean mayHold(Disposition.Return back, Duration failedFor, Duration timeLeft, FifoPolicy fifo) {
        return fifo.onTransient() == FifoTransient.HOLD
                && !back.delay().isZero()
                && failedFor.plus(back.delay()).compareTo(fifo.holdFor()) <= 0
                && back.delay().compareTo(timeLeft) < 0;
    }

    /** Something that must not happen did, and nobody knows how far the send had come: later, and not for ever. */
    static Disposition defect(Throwable defect, MessageContext context, Policy policy) {
        if (defect instanceof PayloadUnavailableException) {
            // The store's fault and not the message's, so no receive counts against it, as in an outage of the
            // providers.
            return new Disposition.Return(backoff(context, policy), "payload_unavailable", false);
        }
        String type = defect.getClass().getSimpleName();
        return context.attempt() >= policy.maxAttempts()
                ? new Disposition.DeadLetter("attempts_used", "defect", type)
                : new Disposition.Return(backoff(context, policy), "defect", false);
    }

    private static Disposition ended(Handling handling, String reason, String code, String detail) {
        return handling == Handling.DELETE
                ? new Disposition.Delete(reason)
                : new Disposition.DeadLetter(reason, code, detail);
    }

    /**
     * While the service takes nothing, or no provider was asked, the message is not at fault and no receive counts
     * against it: an outage must not empty the queue into the dead-letter queue.
     */
    private static Disposition notSent(SendResult.NotSent result, MessageContext context, Policy policy) {
        if (result.code().equals(IN_FLIGHT_ELSEWHERE)) {
            return new Disposition.Return(bounded(restOfLease(result, context, policy), context), result.code(), false);
        }
        boolean tried = !result.trail().attempts().isEmpty();
        if (tried && !context.outage() && context.attempt() >= policy.maxAttempts()) {
            return new Disposition.DeadLetter("attempts_used", result.code(), result.reason());
        }
        Duration backoff = backoff(context, policy);
        Duration wanted = result.retryAt()
                .map(at -> Duration.between(context.now(), at))
                .filter(asked -> asked.compareTo(backoff) > 0)
                .orElse(backoff);
        return new Disposition.Return(bounded(wanted, context), result.code(), looksLikeOutage(result, context));
    }

    /** Until the other's lease ends, and a little more by chance: who died does not settle, and several may wait. */
    private static Duration restOfLease(SendResult.NotSent result, MessageContext context, Policy policy) {
        Duration left = result.retryAt()
                .map(at -> Duration.between(context.now(), at))
                .filter(rest -> !rest.isNegative())
                .orElse(Duration.ZERO);
        return left.plusMillis((long) (context.chance() * policy.backoffBase().toMillis()));
    }

    /** A wrong sender or a provider that the email forbids says nothing about the next message, so it is no outage. */
    private static boolean looksLikeOutage(SendResult.NotSent result, MessageContext context) {
        boolean tried = !result.trail().attempts().isEmpty();
        return context.outage()
                || (tried
                        && result.trail().attempts().stream().allMatch(Dispositions::isProvidersFault)
                        && result.trail().skipped().stream().allMatch(Dispositions::isProvidersState));
    }

    private static boolean isProvidersFault(Attempt attempt) {
        if (attempt.outcome() instanceof Outcome.Misconfigured misconfigured) {
            return misconfigured.scope() == Outcome.Scope.ACCOUNT;
        }
        return attempt.outcome().surelyNotSent();
    }

    private static boolean isProvidersState(Skipped skipped) {
        return skipped.reason() == Skipped.Reason.OPEN || skipped.reason() == Skipped.Reason.HELD;
    }

    /** Full jitter: any delay up to the ceiling is as likely, which spreads a herd best. */
    static Duration backoff(MessageContext context, Policy policy) {
        int doublings = (int) Math.min(Math.max(context.attempt(), 1) - 1L + context.retries(), 30);
        double doubled = Math.scalb((double) policy.backoffBase().toMillis(), doublings);
        double ceiling = Math.min((double) policy.backoffMax().toMillis(), doubled);
        return bounded(Duration.ofMillis((long) (context.chance() * ceiling)), context);
    }

    /** The longest that the queue hides a message: for one that may have been sent and cannot be dead-lettered. */
    static Duration longest(MessageContext context) {
        return bounded(LONGEST_LEASE, context);
    }

    /** Whole seconds, at least one, within the queue's 12 h and never so long that the queue forgets the message. */
    private static Duration bounded(Duration wanted, MessageContext context) {
        Duration held = Duration.between(context.receivedAt(), context.now());
        Duration allowed = LONGEST_LEASE.minus(held);
        Duration alive = Duration.between(context.now(), context.expiresAt());
        long limit = Math.min(allowed.toSeconds(), alive.toSeconds()) - 1;
        long seconds = wanted.plusNanos(999_999_999).toSeconds();
        return Duration.ofSeconds(Math.max(SHORTEST_SECONDS, Math.min(seconds, limit)));
    }
}
