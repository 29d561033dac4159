package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.limit.Quotas.Taken;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** A node that uses what its fleet leases to it, and what it has used. */
final class LeasingNode {

    private final InProcessLimits fleet;
    private final LongSupplier nanos;
    final InProcessLimits.Node way;
    final Quotas quotas;
    final LeasedQuotas leases;
    long used;

    LeasingNode(InProcessLimits fleet, Quotas quotas, Supplier<OptionalDouble> rate, LongSupplier nanos) {
        this.fleet = fleet;
        this.nanos = nanos;
        this.quotas = quotas;
        this.way = fleet.join();
        this.leases = new LeasedQuotas(quotas, "ses", way, rate, nanos);
    }

    Taken take(long recipients) {
        try {
            return leases.take(recipients, Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    boolean uses(long recipients) {
        return take(recipients) instanceof Taken.Recipients taken && settled(taken, recipients);
    }

    boolean settled(Taken.Recipients taken, long spent) {
        leases.settle(taken, spent);
        used += spent;
        return true;
    }

    long usesAll() {
        long before = used;
        while (uses(1)) {
            assertThat(used).isLessThan(1_000_000);
        }
        return used - before;
    }

    /** An exchange with the fleet. */
    void hear() {
        way.tell();
        leases.heard(nanos.getAsLong(), fleet.nodes);
        quotas.heard(nanos.getAsLong(), fleet.usedToday(), fleet.usedThisMonth());
    }

    long left() {
        return quotas.uses().get(0).left();
    }
}
