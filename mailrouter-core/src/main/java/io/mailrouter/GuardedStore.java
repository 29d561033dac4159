package io.mailrouter;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Sees to it that every call of a store ends in time, in an answer or in a {@link StoreUnavailableException}. */
final class GuardedStore implements IdempotencyStore {

    private final IdempotencyStore store;
    private final StoreCalls calls;

    GuardedStore(IdempotencyStore store, StoreCalls calls) {
        this.store = store;
        this.calls = calls;
    }

    @Override
    public Claim begin(Ticket ticket, Duration within) {
        return calls.call(store.honoursBudget(), within, () -> reachable().begin(ticket, within));
    }

    @Override
    public Claim retake(Ticket ticket, String owner, Duration within) {
        return calls.call(store.honoursBudget(), within, () -> reachable().retake(ticket, owner, within));
    }

    @Override
    public boolean renew(Ticket ticket, Duration within) {
        return calls.call(store.honoursBudget(), within, () -> reachable().renew(ticket, within));
    }

    @Override
    public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
        return calls.call(store.honoursBudget(), within, () -> reachable().settle(ticket, settlement, within));
    }

    private IdempotencyStore reachable() {
        if (!store.isReachable()) {
            throw new StoreUnavailableException("is away", false);
        }
        return store;
    }

    /** Ends in time as well; a failure is in the answer. */
    @Override
    public CompletableFuture<Boolean> settleAsync(Ticket ticket, Settlement settlement, Duration within) {
        return calls.ask(store.honoursBudget(), within, () -> reachable().settleAsync(ticket, settlement, within));
    }

    @Override
    public boolean honoursBudget() {
        return true;
    }

    @Override
    public void close() {
        store.close();
    }
}
