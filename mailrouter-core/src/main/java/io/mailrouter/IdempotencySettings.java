package io.mailrouter;

import io.mailrouter.email.StoreFailure;
import java.time.Duration;
import java.util.Optional;

/** How a service uses its idempotency store. Not safe to share between threads. */
public final class IdempotencySettings {

    /** What a lease lasts longer than the deadline, so that a send that ends in time need not renew it. */
    private static final Duration MARGIN = Duration.ofSeconds(10);

    private Optional<Duration> lease = Optional.empty();
    private Duration storeTime = Duration.ofMillis(50);
    private StoreFailure onStoreFailure = StoreFailure.SEND;

    IdempotencySettings() {}

    /**
     * Sets how long a key stays with a node that does not renew it: after a crash its email is unknown only then. A node
     * renews at half of it while a provider works. At least 100 ms; the deadline and 10 s more by default.
     */
    public IdempotencySettings lease(Duration value) {
        if (value.compareTo(Duration.ofMillis(100)) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("idempotency lease is " + value + ": 100 ms to 1 day is needed");
        }
        lease = Optional.of(value);
        return this;
    }

    /**
     * Sets how long the store may take for one answer before it counts as not available: what an outage of the store costs
     * a send. 50 ms by default; a store that is far away or slow to write needs more.
     */
    public IdempotencySettings storeTime(Duration value) {
        storeTime = Range.positive("idempotency storeTime", value);
        return this;
    }

    /**
     * Says what happens to an email with a key while the store is not available, if it does not say so itself. {@link StoreFailure#SEND} by default: an
     * outage of a store must not become one of email, and this node's own memory of its keys still holds.
     */
    public IdempotencySettings onStoreFailure(StoreFailure value) {
        onStoreFailure = value;
        return this;
    }

    Duration leaseFor(Duration deadline) {
        return lease.orElse(deadline.plus(MARGIN));
    }

    Duration storeTime() {
        return storeTime;
    }

    StoreFailure onStoreFailure() {
        return onStoreFailure;
    }
}
