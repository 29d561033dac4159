package io.mailrouter;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Leaves a provider alone after it has failed, and tries it again gently.
 *
 * <p>A resilience4j breaker with its gaps closed. One short lock orders permissions and results, so that a result that
 * comes late, from before a change of state, decides nothing; a trial whose results never come ends after a bounded
 * time; and a number of failures in a row opens at once, as the first one in a trial does. When a trial may begin is
 * decided here alone. Only {@link Signal}s move it, never exceptions.
 */
final class Breaker {

    /** For so long a provider that has come back has less than its usual traffic (DESIGN section 6). */
    static final Duration RAMP = Duration.ofSeconds(30);

    private static final double LEAST_SHARE = 0.1;

    /** A probe that is not answered by then, nor refused, must not keep a provider out for ever. */
    static final Duration PROBE_GRACE = Duration.ofSeconds(30);

    /**
     * The state; for people since when, and for an open breaker until when. Those that decide are readings of the
     * monotonic clock: when it began, from when an email may try it that has nobody else, and from when any may.
     */
    record Status(State state, Instant since, Instant until, long at, long earliest, long openUntil) {
        boolean isOpen() {
            return state == State.OPEN;
        }

        boolean isClosed() {
            return state == State.CLOSED;
        }
    }

    /** Leave to make one attempt, or to ask one probe, to be given back with its result. */
    record Permit(int generation) {}

    private final BreakerSettings settings;
    private final boolean probed;
    private final Time time;
    private final RandomGenerator random;
    private final Consumer<Status> onChange;
    private final CircuitBreaker breaker;

    /** What resilience4j is told when a call failed; it wants an exception and looks no closer at it. */
    private final Exception failure = new IllegalStateException("provider failed");

    private final ReentrantLock lock = new ReentrantLock();
    private int generation;
    private int failuresInARow;
    private int trips;
    private int permitsOut;
    private int permitsTaken;
    private long lastPermitAt;
    private volatile Status status;

    /** @param probed whether somebody asks the provider's probe, so that a trial waits for its answer */
    Breaker(
            String name,
            BreakerSettings settings,
            boolean probed,
            Time time,
            RandomGenerator random,
            Consumer<Status> onChange) {
        this.settings = settings;
        this.probed = probed;
        this.time = time;
        this.random = random;
        this.onChange = onChange;
        this.breaker = CircuitBreaker.of(name, config());
        this.status = fresh();
    }

    /** Closed for so long that no ramp is left. */
    private Status fresh() {
        long longAgo = time.nanos() - RAMP.toNanos();
        return new Status(State.CLOSED, time.now(), time.now(), longAgo, longAgo, longAgo);
    }

    private CircuitBreakerConfig config() {
        return CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(settings.window())
                .minimumNumberOfCalls(settings.minimumCalls())
                .failureRateThreshold(settings.failurePercent())
                .slowCallDurationThreshold(settings.slowCall())
                .slowCallRateThreshold(settings.slowPercent())
                .permittedNumberOfCallsInHalfOpenState(settings.trialCalls())
                .writableStackTraceEnabled(false)
                .build();
    }

    /** Returns leave for one attempt, or null while the provider is to be left alone. */
    @Nullable
    Permit tryAcquire() {
        Status before;
        Permit permit = null;
        lock.lock();
        try {
            before = status;
            endStaleTrial();
            if (status.isOpen() && mayBeTriedInNeed()) {
                beginTrial();
            }
            if (!status.isOpen() && !awaitsFirst() && breaker.tryAcquirePermission()) {
                permitsOut++;
                permitsTaken++;
                lastPermitAt = time.nanos();
                permit = new Permit(generation);
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
        return permit;
    }

    private void beginTrial() {
        breaker.transitionToHalfOpenState();
        noteChange();
    }

    /**
     * A permit of a trial may be lost with its thread; without this the breaker would wait for it for ever. A trial
     * that only lacks emails goes on: nothing has failed.
     */
    private void endStaleTrial() {
        if (isStale()) {
            breaker.transitionToOpenState();
            noteChange();
        }
    }

    private boolean isStale() {
        return status.state() == State.HALF_OPEN
                && permitsOut > 0
                && time.nanos() - lastPermitAt > settings.maxTrial().toNanos();
    }

    /** Gives a permit back with what the attempt says about the provider; an unused one says {@link Signal#NONE}. */
    void record(Permit permit, Signal signal, Duration elapsed) {
        Status before;
        lock.lock();
        try {
            before = status;
            if (permit.generation == generation) {
                permitsOut--;
                apply(signal, elapsed);
                noteChange();
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    private void apply(Signal signal, Duration elapsed) {
        switch (signal) {
            case OK -> {
                failuresInARow = 0;
                breaker.onSuccess(elapsed.toNanos(), TimeUnit.NANOSECONDS);
            }
            case UNAVAILABLE, AMBIGUOUS -> {
                failuresInARow++;
                breaker.onError(elapsed.toNanos(), TimeUnit.NANOSECONDS, failure);
                boolean enough = failuresInARow >= settings.consecutiveFailures() || !status.isClosed();
                if (enough && breaker.getState() != State.OPEN) {
                    breaker.transitionToOpenState();
                }
            }
            case THROTTLED, NONE -> {
                permitsTaken--;
                breaker.releasePermission();
            }
        }
    }

    private void noteChange() {
        State after = breaker.getState();
        if (after == status.state()) {
            return;
        }
        if (after == State.OPEN) {
            boolean proven = status.isClosed() && time.since(status.at()).compareTo(RAMP) >= 0;
            trips = proven ? 0 : trips;
            status = leftAlone(time.now());
        } else {
            long now = time.nanos();
            status = new Status(after, time.now(), time.now(), now, now, now);
        }
        generation++;
        failuresInARow = 0;
        permitsOut = 0;
        permitsTaken = 0;
    }

    /**
     * Doubles with each trip in a row, and a row ends with a provider that has stayed for the whole ramp; half of it is
     * chance, so that a fleet does not come back all at once.
     */
    private Status leftAlone(Instant since) {
        long doubled = settings.openFor().toMillis() << Math.min(trips++, 20);
        long most = Math.min(doubled, settings.maxOpenFor().toMillis());
        long millis = random.nextLong(most / 2, most + 1);
        long now = time.nanos();
        return new Status(
                State.OPEN,
                since,
                time.now().plusMillis(millis),
                now,
                now + TimeUnit.MILLISECONDS.toNanos(most / 2),
                now + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Returns leave to ask the probe, or null unless a trial waits for its answer now. */
    @Nullable
    Permit tryProbe() {
        lock.lock();
        try {
            return probed && status.isOpen() && isOver(status.openUntil()) ? new Permit(generation) : null;
        } finally {
            lock.unlock();
        }
    }

    /** Notes the answer of a probe: it lets a trial begin, or the next and longer time to be left alone. */
    void probed(Permit permit, boolean works) {
        Status before;
        lock.lock();
        try {
            before = status;
            if (permit.generation == generation && status.isOpen()) {
                if (works) {
                    beginTrial();
                } else {
                    status = leftAlone(before.since());
                }
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    private void tellIfChanged(Status before) {
        Status now = status;
        if (now.state() != before.state()) {
            onChange.accept(now);
        }
    }

    /** Begins anew, closed and without a ramp. Results of attempts that are under way decide nothing. */
    void reset() {
        Status before;
        lock.lock();
        try {
            before = status;
            breaker.reset();
            status = fresh();
            generation++;
            failuresInARow = 0;
            trips = 0;
            permitsOut = 0;
            permitsTaken = 0;
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    /** Says whether it is open and its time is not over, so that no email is to be ranked for it. */
    boolean isLeftAlone() {
        Status now = status;
        return now.isOpen() && !isOver(now.openUntil() + (probed ? PROBE_GRACE.toNanos() : 0));
    }

    /**
     * Says whether an email may try it that has nobody else to try but others on trial: then one email pays for the
     * trials of all, where in an outage of all providers each would cost another.
     */
    boolean mayBeTriedInNeed() {
        Status now = status;
        return probed ? !isLeftAlone() : !now.isOpen() || isOver(now.earliest());
    }

    /** Says whether the next emails decide whether it is closed. */
    boolean isOnTrial() {
        return !status.isClosed() && !isLeftAlone();
    }

    /** In a trial nobody follows the first email before it was accepted: in an outage each one more would pay as well. */
    private boolean awaitsFirst() {
        return status.state() == State.HALF_OPEN && permitsOut > 0 && permitsOut == permitsTaken;
    }

    /** Says whether as many emails as a trial permits are under way in one. */
    boolean isFull() {
        if (status.state() != State.HALF_OPEN) {
            return false;
        }
        lock.lock();
        try {
            return status.state() == State.HALF_OPEN
                    && (permitsTaken >= settings.trialCalls() || awaitsFirst())
                    && !isStale();
        } finally {
            lock.unlock();
        }
    }

    /** Returns which share of its usual traffic it should have: 1, and after a trial from 0.1 up to that. */
    double slowStart() {
        Status now = status;
        double share = now.isClosed() ? (double) (time.nanos() - now.at()) / RAMP.toNanos() : 0;
        return Math.max(LEAST_SHARE, Math.min(1, share));
    }

    private boolean isOver(long end) {
        return time.nanos() - end >= 0;
    }

    Status status() {
        return status;
    }
}
