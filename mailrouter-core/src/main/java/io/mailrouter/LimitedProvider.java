package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.limit.Hold;
import io.mailrouter.limit.Holds;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Passes a provider over while it is held, or while as many attempts as it may have are under way. */
final class LimitedProvider implements GatedProvider {

    private final GatedProvider next;
    private final Holds holds;
    private final int maxInFlight;
    private final Semaphore bulkhead;
    private final Runnable onHold;

    LimitedProvider(GatedProvider next, Holds holds, int maxInFlight, Runnable onHold) {
        this(next, holds, maxInFlight, new Semaphore(maxInFlight), onHold);
    }

    private LimitedProvider(GatedProvider next, Holds holds, int maxInFlight, Semaphore bulkhead, Runnable onHold) {
        this.next = next;
        this.holds = holds;
        this.maxInFlight = maxInFlight;
        this.bulkhead = bulkhead;
        this.onHold = onHold;
    }

    /** Returns the same limits around another way to the same provider. */
    LimitedProvider around(GatedProvider other) {
        return new LimitedProvider(other, holds, maxInFlight, bulkhead, onHold);
    }

    @Override
    public Answer send(Email email, Attempt.Context context, Duration patience) {
        Optional<Answer.PassedOver> held = held(email);
        if (held.isPresent()) {
            return held.get();
        }
        if (!bulkhead.tryAcquire()) {
            return busy();
        }
        return settled(email, asked(email, context, patience));
    }

    /** Returns why an email would be passed over now, without any effect. */
    Optional<Answer.PassedOver> closed(Email email) {
        return held(email).or(() -> bulkhead.availablePermits() > 0 ? Optional.empty() : Optional.of(busy()));
    }

    /** Returns how soon an email may pass if it only has to wait a moment. */
    Optional<Duration> opensIn(Email email) {
        return Optional.empty();
    }

    private Optional<Answer.PassedOver> held(Email email) {
        return holds.on(email.from().domain())
                .map(hold -> new Answer.PassedOver(
                        Skipped.Reason.HELD, word(hold.kind()) + ": " + hold.code(), Optional.of(hold.until())));
    }

    private Answer.PassedOver busy() {
        return new Answer.PassedOver(Skipped.Reason.BUSY, maxInFlight + " attempts are under way", Optional.empty());
    }

    /** Gives the place back if no call was made, or it has ended: one that goes on keeps it, so that hangs are bounded. */
    private Answer asked(Email email, Attempt.Context context, Duration patience) {
        boolean goesOn = false;
        try {
            Answer answer = next.send(email, context, patience);
            if (answer instanceof Answer.Tried tried && tried.late().isPresent()) {
                goesOn = true;
                return tried.noting(end -> bulkhead.release());
            }
            return answer;
        } finally {
            if (!goesOn) {
                bulkhead.release();
            }
        }
    }

    private Answer settled(Email email, Answer answer) {
        if (answer instanceof Answer.Tried tried) {
            hold(email, tried);
            return tried.noting(end -> hold(email, end));
        }
        return answer;
    }

    private void hold(Email email, Answer.Tried tried) {
        if (holds.after(email.from().domain(), tried.outcome()).isPresent()) {
            onHold.run();
        }
    }

    /** Returns whether within the time given no call was under way. Meant for when no more are made. */
    boolean awaitIdle(Duration time) throws InterruptedException {
        if (!bulkhead.tryAcquire(maxInFlight, time.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        bulkhead.release(maxInFlight);
        return true;
    }

    private static String word(Hold.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    int inFlight() {
        return maxInFlight - bulkhead.availablePermits();
    }
}
