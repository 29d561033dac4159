package io.mailrouter;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import java.time.Duration;
import java.util.Optional;

/**
 * What one send may still spend: attempts and time.
 *
 * <p>An attempt may take all the time that is left. Only where another may follow an unknown outcome it is shared out,
 * for else a call that hangs would leave none for the other.
 */
final class Allowance {

    private final RoutingSender.Limits limits;
    private final Journey journey;
    private final Duration deadline;
    private final Ambiguity ambiguity;
    private Duration waited = Duration.ZERO;

    Allowance(RoutingSender.Limits limits, Email email, Journey journey) {
        this.limits = limits;
        this.journey = journey;
        this.deadline = Span.allowed(email, limits.deadline());
        this.ambiguity = email.ambiguity().orElse(limits.ambiguity());
    }

    Ambiguity ambiguity() {
        return ambiguity;
    }

    /** Returns why no attempt may begin now, if so. The first begins whatever time is left. */
    Optional<Skipped.Reason> spent() {
        if (journey.attempts() >= limits.maxAttempts()) {
            return Optional.of(Skipped.Reason.ATTEMPTS_USED);
        }
        if (Thread.currentThread().isInterrupted()) {
            return Optional.of(Skipped.Reason.INTERRUPTED);
        }
        Duration left = left();
        boolean first = journey.attempts() == 0;
        return left.isNegative() || left.isZero() || (!first && !isEnough(left))
                ? Optional.of(Skipped.Reason.NO_TIME)
                : Optional.empty();
    }

    /** Says whether an attempt that has so much time has a chance to end. */
    boolean isEnough(Duration time) {
        return time.compareTo(needed()) >= 0;
    }

    private Duration needed() {
        return shorter(limits.minAttemptTime(), deadline.dividedBy(4));
    }

    /**
     * Returns how long a send may wait for a way to open: as long as it may wait in all, and so that there is time for an
     * attempt afterwards.
     */
    Duration patience() {
        return shorter(limits.maxWait().minus(waited), left().minus(needed()));
    }

    /** Says whether it may wait for another attempt. */
    boolean isPatient() {
        return spent().isEmpty() && patience().compareTo(Duration.ZERO) > 0;
    }

    /** Notes how long it has waited. */
    void waited(Duration time) {
        waited = waited.plus(time);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Says whether most of the time is left. */
    boolean mayWait() {
        return journey.elapsed().compareTo(deadline.dividedBy(4)) < 0;
    }

    /** Returns the time that an attempt may take while others, this one included, may want some of it. */
    Duration share(int others) {
        int attemptsLeft = Math.max(1, limits.maxAttempts() - journey.attempts());
        return left().dividedBy(Math.min(Math.max(1, others), attemptsLeft));
    }

    private Duration left() {
        return deadline.minus(journey.elapsed());
    }
}
