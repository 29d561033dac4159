package io.mailrouter;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
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
 * time; and a number of failures in a row opens at once. Only {@link Signal}s move it, never exceptions.
 */
final class Breaker {

    /** The state, since when, and for an open breaker until when; {@code openUntil} is that on the clock that decides. */
    record Status(CircuitBreaker.State state, Instant since, Instant until, long openUntil) {
        boolean isOpen() {
            return state == CircuitBreaker.State.OPEN;
        }

        boolean isClosed() {
            return state == CircuitBreaker.State.CLOSED;
        }
    }

    /** Leave to make one attempt, to be given back with its result. */
    record Permit(int generation) {}

    private final BreakerSettings settings;
    private final Time time;
    private final RandomGenerator random;
    private final Consumer<Status> onChange;
    private final CircuitBreaker breaker;

    /** What resilience4j is told when a call failed; it wants an exception and looks no closer at it. */
    private final Exception failure = new IllegalStateException("provider failed");

    private final ReentrantLock lock = new ReentrantLock();
    private int generation;
    private int failuresInARow;
    private long openFor;
    private int permitsOut;
    private long lastPermitAt;
    private volatile Status status;

    Breaker(String name, BreakerSettings settings, Time time, RandomGenerator random, Consumer<Status> onChange) {
        this.settings = settings;
        this.time = time;
        this.random = random;
        this.onChange = onChange;
        this.breaker = CircuitBreaker.of(name, config());
        this.status = new Status(CircuitBreaker.State.CLOSED, time.now(), time.now(), time.nanos());
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
                .waitIntervalFunctionInOpenState(this::waitMillis)
                .currentTimestampFunction(clock -> time.nanos(), TimeUnit.NANOSECONDS)
                .clock(time.steadyClock())
                .writableStackTraceEnabled(false)
                .build();
    }

    /** Doubles with each trip in a row; half of it is chance, so that a fleet does not come back all at once. */
    private long waitMillis(int trip) {
        long doubled = settings.openFor().toMillis() << Math.min(trip - 1, 20);
        long ceiling = Math.min(doubled, settings.maxOpenFor().toMillis());
        openFor = random.nextLong(ceiling / 2, ceiling + 1);
        return openFor;
    }

    /** Returns leave for one attempt, or null while the provider is to be left alone. */
    @Nullable
    Permit tryAcquire() {
        CircuitBreaker.State before;
        boolean permitted;
        Permit permit;
        lock.lock();
        try {
            before = breaker.getState();
            endStaleTrial();
            permitted = breaker.tryAcquirePermission();
            noteChange(before);
            if (permitted) {
                permitsOut++;
                lastPermitAt = time.nanos();
            }
            permit = new Permit(generation);
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
        return permitted ? permit : null;
    }

    /**
     * A permit of a trial may be lost with its thread; without this the breaker would wait for it for ever. A trial
     * that only lacks emails goes on: nothing has failed.
     */
    private void endStaleTrial() {
        if (breaker.getState() == CircuitBreaker.State.HALF_OPEN
                && permitsOut > 0
                && time.nanos() - lastPermitAt > settings.maxTrial().toNanos()) {
            breaker.transitionToOpenState();
        }
    }

    /** Gives a permit back with what the attempt says about the provider; an unused one says {@link Signal#NONE}. */
    void record(Permit permit, Signal signal, Duration elapsed) {
        CircuitBreaker.State before;
        lock.lock();
        try {
            before = breaker.getState();
            if (permit.generation == generation) {
                permitsOut--;
                apply(signal, elapsed);
            }
            noteChange(before);
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
                if (failuresInARow >= settings.consecutiveFailures()
                        && breaker.getState() == CircuitBreaker.State.CLOSED) {
                    breaker.transitionToOpenState();
                }
            }
            case THROTTLED, NONE -> breaker.releasePermission();
        }
    }

    private void noteChange(CircuitBreaker.State before) {
        CircuitBreaker.State after = breaker.getState();
        if (after == before) {
            return;
        }
        generation++;
        failuresInARow = 0;
        permitsOut = 0;
        Instant now = time.now();
        Duration open = Duration.ofMillis(after == CircuitBreaker.State.OPEN ? openFor : 0);
        status = new Status(after, now, now.plus(open), time.nanos() + open.toNanos());
    }

    private void tellIfChanged(CircuitBreaker.State before) {
        Status now = status;
        if (now.state() != before) {
            onChange.accept(now);
        }
    }

    /** Begins anew, closed. Results of attempts that are under way decide nothing. */
    void reset() {
        CircuitBreaker.State before;
        lock.lock();
        try {
            before = breaker.getState();
            breaker.reset();
            generation++;
            failuresInARow = 0;
            permitsOut = 0;
            noteChange(before);
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    /** Says whether it is open and its time is not over, so that no permit would be given. */
    boolean isLeftAlone() {
        Status now = status;
        return now.isOpen() && time.nanos() - now.openUntil() < 0;
    }

    Status status() {
        return status;
    }
}
