package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.health.Signal;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.Optional;

/** Passes a provider over while its breaker is open. */
final class BreakingProvider implements GatedProvider {

    private final GatedProvider next;
    private final Breaker breaker;

    BreakingProvider(GatedProvider next, Breaker breaker) {
        this.next = next;
        this.breaker = breaker;
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        Breaker.Permit permit = breaker.tryAcquire();
        if (permit == null) {
            return passedOver(breaker);
        }
        Signal signal = Signal.NONE;
        Duration elapsed = Duration.ZERO;
        try {
            Answer answer = next.send(email, context);
            if (answer instanceof Answer.Tried tried) {
                signal = Signal.of(tried.outcome());
                elapsed = tried.elapsed();
            }
            return answer;
        } finally {
            breaker.record(permit, signal, elapsed);
        }
    }

    /** Returns why an email is passed over now. */
    static Answer.PassedOver passedOver(Breaker breaker) {
        BreakerStatus status = breaker.status();
        String why = status.isOfFleet() ? "open after failures, for the fleet" : "open after failures";
        return status.isOpen()
                ? new Answer.PassedOver(Skipped.Reason.OPEN, why, Optional.of(status.until()))
                : new Answer.PassedOver(Skipped.Reason.OPEN, "on trial", Optional.empty());
    }
}
