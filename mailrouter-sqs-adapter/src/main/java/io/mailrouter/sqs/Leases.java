package io.mailrouter.sqs;

import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.services.sqs.model.Message;

/** The messages that are ours: received, and neither deleted nor given back nor lost. Each holds one permit. */
final class Leases {

    private final Settings settings;
    private final Surroundings around;
    private final Permits permits;
    private final Set<Lease> owned = ConcurrentHashMap.newKeySet();
    private final AtomicLong ended = new AtomicLong();

    Leases(Settings settings, Surroundings around, Permits permits) {
        this.settings = settings;
        this.around = around;
        this.permits = permits;
    }

    Lease add(Message message, boolean probe) {
        Lease lease = new Lease(message, probe, settings, around);
        owned.add(lease);
        return lease;
    }

    /** Ends a lease and frees its permit; a second end does nothing. */
    void end(Lease lease) {
        if (owned.remove(lease)) {
            ended.incrementAndGet();
            permits.release(1);
        }
    }

    Collection<Lease> owned() {
        return Collections.unmodifiableCollection(owned);
    }

    int count() {
        return owned.size();
    }

    int running() {
        return (int) owned.stream().filter(Lease::isRunning).count();
    }

    /** How many have ended since the start. */
    long ended() {
        return ended.get();
    }
}
