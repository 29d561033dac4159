package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.health.HealthState;
import io.mailrouter.health.Order;
import io.mailrouter.health.StandingOrder;
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
        return board.stop(name).map(Bulletin::ordered).orElseGet(this::found);
    }

    private static ProviderStatus.Health ordered(StandingOrder order) {
        return order.kind() == Order.Kind.FORCED_OPEN
                ? new ProviderStatus.Health(
                        HealthState.DOWN, "forced open: " + order.reason(), order.since(), order.until())
                : new ProviderStatus.Health(HealthState.DISABLED, order.reason(), order.since(), order.until());
    }

    private ProviderStatus.Health found() {
        BreakerStatus status = breaker.status();
        if (breaker.isLeftAlone()) {
            return new ProviderStatus.Health(
                    HealthState.DOWN, "left alone after failures", status.since(), Optional.of(status.until()));
        }
        return limits.health()
                .orElseGet(() -> status.isClosed()
                        ? new ProviderStatus.Health(HealthState.UP, "", status.since(), Optional.empty())
                        : new ProviderStatus.Health(
                                HealthState.DEGRADED, "on trial after failures", status.since(), Optional.empty()));
    }
}
