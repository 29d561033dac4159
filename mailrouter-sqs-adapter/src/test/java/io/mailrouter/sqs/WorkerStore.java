package io.mailrouter.sqs;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A store that says when it has written down how a send ended. */
record WorkerStore(IdempotencyStore store, Runnable recorded) implements IdempotencyStore {

    @Override
    public Claim begin(Ticket ticket, Duration within) {
        return store.begin(ticket, within);
    }

    @Override
    public Claim retake(Ticket ticket, String owner, Duration within) {
        return store.retake(ticket, owner, within);
    }

    @Override
    public boolean renew(Ticket ticket, Duration within) {
        return store.renew(ticket, within);
    }

    @Override
    public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
        boolean settled = store.settle(ticket, settlement, within);
        recorded.run();
        return settled;
    }

    @Override
    public CompletionStage<Boolean> settleAsync(Ticket ticket, Settlement settlement, Duration within) {
        return store.settleAsync(ticket, settlement, within).thenApply(settled -> {
            recorded.run();
            return settled;
        });
    }

    @Override
    public boolean honoursBudget() {
        return store.honoursBudget();
    }

    @Override
    public CompletionStage<Void> begun() {
        return store.begun();
    }

    @Override
    public boolean isReachable() {
        return store.isReachable();
    }

    @Override
    public void close() {
        store.close();
    }
}
