package io.mailrouter;

import io.mailrouter.GatedProvider.Answer;
import io.mailrouter.email.Email;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.Quotas;
import io.mailrouter.limit.SharedRate;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Passes a provider over while it is held, has used up a quota, has as many attempts under way as it may have, or is asked
 * for faster than it may be; or waits for what opens by itself, as long as it may. Who waits first goes first.
 */
final class LimitedProvider {

    private final GatedProvider next;
    private final Load load;
    private final ProviderLimits limits;
    private final Around around;

    /** How much an attempt asks for, in recipients. */
    interface Load {

        long recipients(Email email);

        /** Returns for how many recipients it is not sure that nothing was sent. */
        long used(Email email, Outcome outcome);
    }

    /**
     * What it uses and whom it tells.
     *
     * @param onHold told of each hold that begins
     * @param onQuota told when a quota may be used up
     */
    record Around(Time time, Pause pause, Consumer<Hold> onHold, Runnable onQuota) {}

    LimitedProvider(GatedProvider next, ProviderLimits limits, Around around) {
        this(next, new OneEmail(), limits, around);
    }

    private LimitedProvider(GatedProvider next, Load load, ProviderLimits limits, Around around) {
        this.next = next;
        this.load = load;
        this.limits = limits;
        this.around = around;
    }

    /** Returns the same limits around another way to the same provider, on which an attempt asks for that much. */
    LimitedProvider around(GatedProvider other, Load much) {
        return new LimitedProvider(other, much, limits, around);
    }

    /** What an attempt with one email asks for. */
    record OneEmail() implements Load {

        @Override
        public long recipients(Email email) {
            return email.recipientCount();
        }

        @Override
        public long used(Email email, Outcome outcome) {
            if (outcome instanceof Outcome.Accepted || outcome instanceof Outcome.Unknown) {
                return email.recipientCount();
            }
            return outcome instanceof Outcome.Partial partial
                    ? email.recipientCount() - partial.refused().size()
                    : 0;
        }
    }

    /**
     * Makes an attempt, or passes the provider over.
     *
     * @param patience how long to wait for what opens by itself, instead of passing over; zero for not at all
     */
    Answer send(Email email, Attempt.Context context, Duration patience) {
        Until end = patience.isZero() ? Until.NOW : Until.in(patience, around.time());
        try {
            Optional<Answer.PassedOver> held = heldAfterWaiting(email, end);
            return held.isPresent() ? held.get() : withinQuotas(email, context, end);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.PassedOver(Skipped.Reason.INTERRUPTED, "while it waited", Optional.empty());
        }
    }

    private Optional<Answer.PassedOver> heldAfterWaiting(Email email, Until end) throws InterruptedException {
        Optional<Duration> pause = limits.shortHold(email);
        if (pause.isPresent() && pause.get().compareTo(end.left()) <= 0) {
            around.pause().await(pause.get());
        }
        return limits.held(email);
    }

    /** Recipients are counted before the call, so that sends at the same time never use more than there is. */
    private Answer withinQuotas(Email email, Attempt.Context context, Until end) throws InterruptedException {
        long recipients = load.recipients(email);
        Quotas.Taken answered = limits.take(recipients, end.left());
        if (answered instanceof Quotas.Taken.Refused refused) {
            around.onQuota().run();
            return ProviderLimits.quotaUsed(refused.quota());
        }
        if (!(answered instanceof Quotas.Taken.Recipients taken)) {
            return ProviderLimits.askingFleet();
        }
        long used = recipients;
        boolean goesOn = false;
        try {
            Answer answer = inPlace(email, context, end);
            if (!(answer instanceof Answer.Tried tried)) {
                used = 0;
                return answer;
            }
            used = load.used(email, tried.outcome());
            goesOn = tried.late().isPresent();
            return goesOn ? tried.noting(late -> settle(taken, load.used(email, late.outcome()))) : tried;
        } catch (InterruptedException e) {
            used = 0;
            throw e;
        } finally {
            if (!goesOn) {
                settle(taken, used);
            }
        }
    }

    private void settle(Quotas.Taken.Recipients taken, long used) {
        if (limits.settle(taken, used)) {
            around.onQuota().run();
        }
    }

    /** Gives the place back if no call was made, or it has ended: one that goes on keeps it, so that hangs are bounded. */
    private Answer inPlace(Email email, Attempt.Context context, Until end) throws InterruptedException {
        if (!limits.places.tryAcquire(end.left().toNanos(), TimeUnit.NANOSECONDS)) {
            return limits.busy();
        }
        boolean goesOn = false;
        try {
            Answer answer = inTurn(email, context, end);
            if (!(answer instanceof Answer.Tried tried)) {
                return answer;
            }
            goesOn = tried.late().isPresent();
            Answer.Tried noted = goesOn ? tried.noting(late -> limits.leave()) : tried;
            hold(email, tried);
            return goesOn ? noted.noting(late -> hold(email, late)) : noted;
        } finally {
            if (!goesOn) {
                limits.leave();
            }
        }
    }

    /** Waits for its turn with a place of its own, so that those who wait are not more than those who may be called. */
    private Answer inTurn(Email email, Attempt.Context context, Until end) throws InterruptedException {
        long recipients = load.recipients(email);
        Optional<SharedRate.Turn> turn = limits.turn(recipients, end.left());
        if (turn.isEmpty()) {
            return limits.rateLimited(recipients);
        }
        boolean used = false;
        try {
            if (!turn.get().in().isZero()) {
                around.pause().await(turn.get().in());
            }
            // The provider may have asked for a pause while this one waited for its place or its turn.
            Optional<Answer.PassedOver> held = limits.held(email);
            Answer answer = held.isPresent() ? held.get() : next.send(email, context);
            used = answer instanceof Answer.Tried;
            return answer;
        } finally {
            if (!used) {
                turn.get().giveBack().run();
            }
        }
    }

    private void hold(Email email, Answer.Tried tried) {
        if (tried.outcome() instanceof Outcome.Throttled) {
            limits.rate.throttled(around.time().nanos() - tried.elapsed().toNanos());
        }
        limits.holds.after(email.from().domain(), tried.outcome()).ifPresent(around.onHold());
    }
}
