package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.HealthScope;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Says how one provider is doing, as operators order, and its breaker and its limits find; and tells what changes. */
final class Bulletin {

    private final String name;
    private final Breaker breaker;
    private final ProviderLimits limits;
    private final Switchboard board;
    private final EmailListener listener;
    private final ReentrantLock telling = new ReentrantLock();
    private volatile HealthState lastTold = HealthState.UP;

    Bulletin(String name, Breaker breaker, ProviderLimits limits, Route.Surroundings around) {
        this.name = name;
        this.breaker = breaker;
        this.limits = limits;
        this.board = around.board();
        this.listener = around.listener();
    }

    /** Tells the listener if whatever was wrong has ended by itself. Costs nothing while all is well. */
    void lookForBetter() {
        if (lastTold != HealthState.UP) {
            tellChange();
        }
    }

    /** Tells the listener if its state is another than the last time, each change after the one before. */
    void tellChange() {
        telling.lock();
        try {
            ProviderStatus.Health now = now();
            HealthState before = lastTold;
            lastTold = now.state();
            if (before != now.state()) {
                listener.on(new EmailEvent.ProviderStateChanged(
                        name, before.word(), now.state().word(), now.reason()));
            }
        } finally {
            telling.unlock();
        }
    }

    /** Returns how it is doing now. */
    ProviderStatus.Health now() {
        return board.stop(name).map(this::ordered).orElseGet(this::found);
    }

    /** What has no end is this node's own configuration. */
    private ProviderStatus.Health ordered(StandingOrder order) {
        HealthScope scope = board.isShared() && order.until().isPresent() ? HealthScope.FLEET : HealthScope.NODE;
        return order.kind() == Order.Kind.FORCED_OPEN
                ? new ProviderStatus.Health(
                        HealthState.DOWN, "forced open: " + order.reason(), order.since(), order.until(), scope)
                : new ProviderStatus.Health(HealthState.DISABLED, order.reason(), order.since(), order.until(), scope);
    }

    private ProviderStatus.Health found() {
        BreakerStatus status = breaker.status();
        if (breaker.isLeftAlone()) {
            return leftAlone(status);
        }
        return limits.health()
                .orElseGet(() -> status.isClosed()
                        ? health(HealthState.UP, "", status, Optional.empty())
                        : health(HealthState.DEGRADED, "on trial after failures", status, Optional.empty()));
    }

    private static ProviderStatus.Health leftAlone(BreakerStatus status) {
        String why = status.isOfFleet()
                ? "left alone by the fleet after failures that " + status.nodes() + " nodes have seen"
                : "left alone after failures";
        return health(HealthState.DOWN, why, status, Optional.of(status.until()));
    }

    private static ProviderStatus.Health health(
            HealthState state, String why, BreakerStatus status, Optional<Instant> until) {
        HealthScope scope = status.isOfFleet() ? HealthScope.FLEET : HealthScope.NODE;
        return new ProviderStatus.Health(state, why, status.since(), until, scope);
    }
}
