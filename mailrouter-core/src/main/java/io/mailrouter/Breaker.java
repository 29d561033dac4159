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
 * <p>A resilience4j breaker with its gaps closed: it judges the last attempts, and everything after that is done here. One
 * short lock orders permissions and results, so that a result that comes late, from before a change of state, decides
 * nothing; a {@link Trial} whose results never come ends after a bounded time; and a number of failures in a row opens at
 * once, as the first one in a trial does. Only {@link Signal}s move it, never exceptions.
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

        boolean isOnTrial() {
            return state == State.HALF_OPEN;
        }

        boolean isClosed() {
            return state == State.CLOSED;
        }
    }

    /** Leave to make one attempt, or to ask one probe, to be given back with its result. */
    record Permit(int generation) {}

    private final boolean probed;
    private final Time time;
    private final Consumer<Status> onChange;
    private final BreakerSettings settings;
    private final Trips trips;

    /** Judges a closed one by its last attempts; it knows nothing of trials. */
    private final CircuitBreaker window;

    /** What resilience4j is told when a call failed; it wants an exception and looks no closer at it. */
    private final Exception failure = new IllegalStateException("provider failed");

    private final ReentrantLock lock = new ReentrantLock();
    private Trial trial;
    private int generation;
    private int failuresInARow;
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
        this.onChange = onChange;
        this.trips = new Trips(settings, random);
        this.window = CircuitBreaker.of(name, config());
        this.trial = new Trial(settings);
        this.status = fresh();
    }

    /** Closed for so long that no ramp is left. */
    private Status fresh() {
        return from(State.CLOSED, time.nanos() - RAMP.toNanos());
    }

    private Status from(State state, long at) {
        return new Status(state, time.now(), time.now(), at, at, at);
    }

    private CircuitBreakerConfig config() {
        return CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(settings.window())
                .minimumNumberOfCalls(settings.minimumCalls())
                .failureRateThreshold(settings.failurePercent())
                .slowCallDurationThreshold(settings.slowCall())
                .slowCallRateThreshold(settings.slowPercent())
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
            if (status.isOnTrial() && trial.isLost(time.nanos())) {
                open();
            }
            if (status.isOpen() && mayBeTriedInNeed()) {
                beginTrial();
            }
            if (status.isClosed()) {
                permit = new Permit(generation);
            } else if (status.isOnTrial() && !trial.isFull()) {
                trial.begin(time.nanos());
                permit = new Permit(generation);
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
        return permit;
    }

    /** Gives a permit back with what the attempt says about the provider; an unused one says {@link Signal#NONE}. */
    void record(Permit permit, Signal signal, Duration elapsed) {
        Status before;
        lock.lock();
        try {
            before = status;
            if (permit.generation != generation) {
                return;
            }
            if (status.isClosed()) {
                judge(signal, elapsed);
            } else {
                tryOut(signal, elapsed);
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    private void judge(Signal signal, Duration elapsed) {
        switch (signal) {
            case OK -> {
                failuresInARow = 0;
                window.onSuccess(elapsed.toNanos(), TimeUnit.NANOSECONDS);
            }
            case UNAVAILABLE, AMBIGUOUS -> {
                failuresInARow++;
                window.onError(elapsed.toNanos(), TimeUnit.NANOSECONDS, failure);
            }
            case THROTTLED, NONE -> {}
        }
        if (failuresInARow >= settings.consecutiveFailures() || window.getState() == State.OPEN) {
            open();
        }
    }

    private void tryOut(Signal signal, Duration elapsed) {
        switch (signal) {
            case OK -> {
                trial.accept(elapsed);
                if (trial.isOver()) {
                    endTrial();
                }
            }
            case UNAVAILABLE, AMBIGUOUS -> open();
            case THROTTLED, NONE -> trial.giveBack();
        }
    }

    private void beginTrial() {
        trial = new Trial(settings);
        begin(from(State.HALF_OPEN, time.nanos()));
    }

    private void endTrial() {
        if (trial.isTooSlow()) {
            open();
        } else {
            window.reset();
            begin(from(State.CLOSED, time.nanos()));
        }
    }

    /** A row of trips ends with a provider that has stayed for the whole ramp. */
    private void open() {
        if (status.isClosed() && time.since(status.at()).compareTo(RAMP) >= 0) {
            trips.endRow();
        }
        begin(leftAlone(time.now()));
    }

    private void begin(Status next) {
        status = next;
        generation++;
        failuresInARow = 0;
    }

    private Status leftAlone(Instant since) {
        Trips.Rest rest = trips.next();
        long now = time.nanos();
        return new Status(
                State.OPEN,
                since,
                time.now().plus(rest.whole()),
                now,
                now + rest.least().toNanos(),
                now + rest.whole().toNanos());
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
            window.reset();
            trips.endRow();
            begin(fresh());
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

    /** Says whether a trial has no room for another email now. */
    boolean isFull() {
        if (!status.isOnTrial()) {
            return false;
        }
        lock.lock();
        try {
            return status.isOnTrial() && trial.isFull() && !trial.isLost(time.nanos());
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
