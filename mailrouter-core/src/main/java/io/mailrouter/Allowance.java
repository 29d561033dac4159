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
    private final long end;
    private final Ambiguity ambiguity;
    private Duration waited = Duration.ZERO;

    Allowance(RoutingSender.Limits limits, Email email, Journey journey) {
        this.limits = limits;
        this.journey = journey;
        this.deadline = Span.allowed(email, limits.deadline());
        this.end = journey.start() + deadline.toNanos();
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
        long left = end - journey.now();
        boolean first = journey.attempts() == 0;
        return left <= 0 || (!first && left < needed().toNanos())
                ? Optional.of(Skipped.Reason.NO_TIME)
                : Optional.empty();
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

    /**
     * Returns when an attempt must have ended while others, this one included, may want some of the time: a reading of the
     * monotonic clock.
     */
    long until(int others) {
        int attemptsLeft = Math.max(1, limits.maxAttempts() - journey.attempts());
        long now = journey.now();
        return now + (end - now) / Math.min(Math.max(1, others), attemptsLeft);
    }

    private Duration left() {
        return Duration.ofNanos(end - journey.now());
    }
}
