package io.mailrouter;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** Keeps keys in memory, and does before each call what it is told to. */
final class ScriptedStore implements IdempotencyStore {

    /** Something that happens to a call. */
    interface Step {
        void run(Ticket ticket, Duration within);
    }

    static final Step FAIL = (ticket, within) -> {
        throw new IllegalStateException("away");
    };

    static final Step NOTHING = (ticket, within) -> {};

    final InMemoryIdempotencyStore inner = InMemoryIdempotencyStore.create();
    final Queue<Step> nextBegins = new ConcurrentLinkedQueue<>();
    final List<Duration> budgets = new CopyOnWriteArrayList<>();
    final AtomicInteger renewals = new AtomicInteger();
    volatile Step everyBegin = NOTHING;
    volatile BiConsumer<Ticket, Settlement> everySettle = (ticket, settlement) -> {};
    volatile boolean honoursBudget = true;

    @Override
    public Claim begin(Ticket ticket, Duration within) {
        budgets.add(within);
        everyBegin.run(ticket, within);
        Step next = nextBegins.poll();
        if (next != null) {
            next.run(ticket, within);
        }
        return inner.begin(ticket, within);
    }

    @Override
    public Claim retake(Ticket ticket, String owner, Duration within) {
        budgets.add(within);
        return inner.retake(ticket, owner, within);
    }

    @Override
    public boolean renew(Ticket ticket, Duration within) {
        boolean renewed = inner.renew(ticket, within);
        renewals.incrementAndGet();
        return renewed;
    }

    @Override
    public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
        everySettle.accept(ticket, settlement);
        return inner.settle(ticket, settlement, within);
    }

    @Override
    public boolean honoursBudget() {
        return honoursBudget;
    }

    @Override
    public void close() {}
}
