package io.mailrouter;

import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a service knows of idempotency keys: the store, this node's own memory for when the store is away, and the keys
 * that its sends hold now.
 */
final class Keys {

    private static final Logger log = LoggerFactory.getLogger(EmailService.class);
    private static final int REMEMBERED = 10_000;

    private final StoreCalls calls;
    private final GuardedStore store;
    private final StoreStart start;
    private final IdempotencyStore memory;
    private final Map<String, Holding> holdings = new ConcurrentHashMap<>();
    private final KeyKeeper keeper;
    private final Duration lease;
    private final Duration storeTime;
    private final String node = UUID.randomUUID().toString();
    private final AtomicLong claims = new AtomicLong();

    Keys(IdempotencyStore store, IdempotencySettings settings, Duration deadline, ExecutorService executor, Time time) {
        this.calls = new StoreCalls(executor);
        this.store = new GuardedStore(store, calls);
        this.start = new StoreStart(store::begun, time);
        this.memory = InMemoryIdempotencyStore.builder()
                .maxEntries(REMEMBERED)
                .nanoTime(time.nanoTime())
                .build();
        this.lease = settings.leaseFor(deadline);
        this.storeTime = settings.storeTime();
        this.keeper = new KeyKeeper(this.store, holdings.values(), lease, storeTime, time);
    }

    void start() {
        keeper.start();
    }

    /** The store; every call throws a {@link StoreUnavailableException} unless it is answered in time. */
    IdempotencyStore store() {
        return store;
    }

    /** Lets the first emails wait until the store knows whether it is there. */
    void awaitStart(Span span) {
        start.await(span);
    }

    /** Says whether the store answered when it was last asked. */
    boolean isUp() {
        return calls.isUp();
    }

    /** What this node remembers of its own sends. */
    IdempotencyStore memory() {
        return memory;
    }

    Duration storeTime() {
        return storeTime;
    }

    /** Returns a ticket like no other. */
    Ticket ticket(String key, String fingerprint) {
        return new Ticket(Digest.ofKey(key), fingerprint, node + "-" + claims.incrementAndGet(), lease);
    }

    /** Takes a key on this node, or returns who has it. */
    @Nullable
    Holding hold(Holding mine) {
        return holdings.putIfAbsent(mine.ticket().key(), mine);
    }

    /** Lets go of a key, and tells who waits for it on this node. */
    void letGo(Holding mine, SendResult result) {
        holdings.remove(mine.ticket().key(), mine);
        mine.result().complete(result);
    }

    /** Writes down how a send ended, without waiting where the store allows that; soon if it does not answer in time. */
    void settle(Ticket ticket, Settlement settlement, Duration within) {
        remember(ticket, settlement);
        keeper.settle(ticket, settlement, within);
    }

    /** Writes down how a send ended as soon as the store answers again. */
    void settleLater(Ticket ticket, Settlement settlement) {
        remember(ticket, settlement);
        keeper.later(ticket, settlement);
    }

    /** Returns what this node itself knows of a key that the store has granted. */
    Claim recall(Ticket ticket) {
        try {
            return memory.begin(ticket, storeTime);
        } catch (IllegalStateException full) {
            return new Claim.Granted();
        }
    }

    /** Notes a granted key, for when the store is away. A memory that is full of keys in flight takes no more. */
    void remember(Ticket ticket) {
        if (recall(ticket) instanceof Claim.Settled before) {
            memory.retake(ticket, before.owner(), storeTime);
        }
    }

    private void remember(Ticket ticket, Settlement settlement) {
        try {
            memory.settle(ticket, settlement, storeTime);
        } catch (IllegalStateException full) {
            log.debug("No room to remember another key");
        }
    }

    /** Ends the thread, writes down what is left to be written, and closes the store. */
    void close() {
        keeper.close();
        store.close();
    }
}
