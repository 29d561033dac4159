package io.mailrouter;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.mailrouter.BreakerStatus.State;
import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
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
 *
 * <p>In a fleet it follows each decision of the fleet once, and tells its own. While the fleet's circuit is open a trial
 * begins on one node only.
 */
final class Breaker {

    /** A probe that is not answered by then, nor refused, must not keep a provider out for ever. */
    static final Duration PROBE_GRACE = Duration.ofSeconds(30);

    /** Leave to make one attempt, or to ask one probe, to be given back with its result. */
    record Permit(int generation) {}

    private final boolean probed;
    private final Time time;
    private final Consumer<BreakerStatus> onChange;
    private final BreakerSettings settings;
    private final FleetRule fleet;
    private final Trips trips;

    /** Judges a closed one by its last attempts; it knows nothing of trials. */
    private final CircuitBreaker window;

    /** What resilience4j is told when a call failed; it wants an exception and looks no closer at it. */
    private final Exception failure = new IllegalStateException("provider failed");

    private final ReentrantLock lock = new ReentrantLock();
    private Trial trial;
    private int generation;
    private Permit whileClosed = new Permit(0);
    private int failuresInARow;
    private volatile BreakerStatus status;

    /** @param probed whether somebody asks the provider's probe, so that a trial waits for its answer */
    Breaker(
            String name,
            BreakerSettings settings,
            FleetRule fleet,
            boolean probed,
            Time time,
            RandomGenerator random,
            Consumer<BreakerStatus> onChange) {
        this.settings = settings;
        this.fleet = fleet;
        this.probed = probed;
        this.time = time;
        this.onChange = onChange;
        this.trips = new Trips(settings, random);
        this.window = CircuitBreaker.of(name, config());
        this.trial = new Trial(settings);
        this.status = fresh();
    }

    /** Closed for so long that no ramp is left. */
    private BreakerStatus fresh() {
        return from(State.CLOSED, time.nanos() - BreakerStatus.RAMP.toNanos());
    }

    private BreakerStatus from(State state, long at) {
        return new BreakerStatus(state, time.now(), time.now(), at, at, at, 0);
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
        BreakerStatus before;
        Permit permit = null;
        lock.lock();
        try {
            before = status;
            if (status.isOnTrial() && trial.isLost(time.nanos())) {
                fail();
            }
            if (status.isOpen() && mayBeTriedInNeed()) {
                beginTrial();
            }
            if (status.isClosed()) {
                permit = whileClosed;
            } else if (status.isOnTrial() && !trial.isFull() && !fleet.forbids(time.nanos())) {
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
        BreakerStatus before;
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
        if (failuresInARow >= settings.consecutiveFailures() || window.getState() == CircuitBreaker.State.OPEN) {
            open();
            fleet.tell(CircuitNews.Kind.OPENED);
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
            case UNAVAILABLE, AMBIGUOUS -> fail();
            case THROTTLED, NONE -> trial.giveBack();
        }
    }

    private void beginTrial() {
        trial = new Trial(settings);
        begin(from(State.ON_TRIAL, time.nanos()));
    }

    private void endTrial() {
        if (trial.isTooSlow()) {
            fail();
        } else {
            close();
            fleet.tellTrial(true);
        }
    }

    private void close() {
        window.reset();
        begin(from(State.CLOSED, time.nanos()));
    }

    /** Ends a trial. */
    private void fail() {
        open();
        fleet.tellTrial(false);
    }

    /** A row of trips ends with a provider that has stayed for the whole ramp. */
    private void open() {
        if (status.isProven(time.nanos())) {
            trips.endRow();
        }
        begin(leftAlone(time.now()));
    }

    private void begin(BreakerStatus next) {
        status = next;
        generation++;
        whileClosed = new Permit(generation);
        failuresInARow = 0;
    }

    private BreakerStatus leftAlone(Instant since) {
        Trips.Rest rest = trips.next();
        Duration answered = rest.whole().plus(PROBE_GRACE);
        long now = time.nanos();
        return new BreakerStatus(
                State.OPEN,
                since,
                time.now().plus(rest.whole()),
                now,
                now + (probed ? answered : rest.least()).toNanos(),
                now + (probed ? answered : rest.whole()).toNanos(),
                0);
    }

    /**
     * Takes over what the fleet knows, and follows each of its decisions once.
     *
     * @return whether an operator has begun anew somewhere
     */
    boolean hear(FleetSnapshot snapshot) {
        BreakerStatus before;
        Optional<FleetCircuit> decision;
        lock.lock();
        try {
            before = status;
            decision = fleet.hear(snapshot);
            decision.ifPresent(this::follow);
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
        return decision.filter(circuit -> circuit.state() == FleetCircuit.State.RESET)
                .isPresent();
    }

    private void follow(FleetCircuit circuit) {
        switch (circuit.state()) {
            case OPEN -> begin(BreakerStatus.ofFleet(circuit, time, probed ? PROBE_GRACE : Duration.ZERO));
            case CLOSED -> {
                // Failures that this node has seen since say more than that.
                if (!status.isClosed() && (status.isOfFleet() || circuit.since() - status.at() > 0)) {
                    close();
                }
            }
            case RESET -> forget();
        }
    }

    /**
     * Says that an email was passed over that this provider could have had: where the fleet lets one node try, that one
     * has to have emails.
     */
    void miss(boolean inNeed) {
        BreakerStatus now = status;
        if (now.isClosed() || time.nanos() - (inNeed ? now.inNeedFrom() : now.anyFrom()) < 0) {
            return;
        }
        lock.lock();
        try {
            fleet.ask(time.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** Returns leave to ask the probe, or null unless a trial waits for its answer now, on this node. */
    @Nullable
    Permit tryProbe() {
        lock.lock();
        try {
            boolean due = time.nanos() - status.anyFrom() + PROBE_GRACE.toNanos() >= 0;
            if (!probed || !status.isOpen() || !due) {
                return null;
            }
            if (fleet.forbids(time.nanos())) {
                fleet.ask(time.nanos());
                return null;
            }
            return new Permit(generation);
        } finally {
            lock.unlock();
        }
    }

    /** Notes the answer of a probe: it lets a trial begin, or the next and longer time to be left alone. */
    void probed(Permit permit, boolean works) {
        BreakerStatus before;
        lock.lock();
        try {
            before = status;
            if (permit.generation == generation && status.isOpen()) {
                if (works) {
                    beginTrial();
                } else {
                    status = leftAlone(before.since());
                    fleet.tellTrial(false);
                }
            }
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    private void tellIfChanged(BreakerStatus before) {
        BreakerStatus now = status;
        if (now.state() != before.state()) {
            onChange.accept(now);
        }
    }

    /** Begins anew, closed and without a ramp, on every node. Results of attempts that are under way decide nothing. */
    void reset() {
        BreakerStatus before;
        lock.lock();
        try {
            before = status;
            forget();
            fleet.tell(CircuitNews.Kind.RESET);
        } finally {
            lock.unlock();
        }
        tellIfChanged(before);
    }

    private void forget() {
        window.reset();
        trips.endRow();
        begin(fresh());
    }

    /** As {@link BreakerStatus#isLeftAlone}, now; or another node is to try it. */
    boolean isLeftAlone() {
        BreakerStatus now = status;
        return !now.isClosed() && (now.isLeftAlone(time.nanos()) || (now.isOpen() && fleet.forbids(time.nanos())));
    }

    /** As {@link BreakerStatus#mayBeTriedInNeed}, now; unless another node is to try it. */
    boolean mayBeTriedInNeed() {
        BreakerStatus now = status;
        return now.isClosed()
                || (now.mayBeTriedInNeed(time.nanos()) && (now.isOnTrial() || !fleet.forbids(time.nanos())));
    }

    /** Says whether the next emails decide whether it is closed. */
    boolean isOnTrial() {
        return !status.isClosed() && !isLeftAlone();
    }

    /** Says whether a trial has no room for another email now, or another node is to make it. */
    boolean isFull() {
        if (!status.isOnTrial()) {
            return false;
        }
        lock.lock();
        try {
            boolean full = trial.isFull() || fleet.forbids(time.nanos());
            return status.isOnTrial() && full && !trial.isLost(time.nanos());
        } finally {
            lock.unlock();
        }
    }

    /** As {@link BreakerStatus#slowStart}, now. */
    double slowStart() {
        return status.slowStart(time.nanos());
    }

    BreakerStatus status() {
        return status;
    }
}
