package io.mailrouter.sqs;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import software.amazon.awssdk.services.sqs.model.Message;

/** The messages that are ours: received, and neither deleted nor given back nor lost. Each holds one permit. */
final class Leases {

    private final Settings settings;
    private final Surroundings around;
    private final Permits permits;
    private final Set<Lease> owned = ConcurrentHashMap.newKeySet();
    private final AtomicLong ended = new AtomicLong();
    private final BiConsumer<Lease, Boolean> onEnd;

    Leases(Settings settings, Surroundings around, Permits permits) {
        this(settings, around, permits, (lease, deleted) -> {});
    }

    /**
     * Begins with none.
     *
     * @param onEnd hears of each that ends, and whether the queue has confirmed that it is deleted
     */
    Leases(Settings settings, Surroundings around, Permits permits, BiConsumer<Lease, Boolean> onEnd) {
        this.onEnd = onEnd;
        this.settings = settings;
        this.around = around;
        this.permits = permits;
    }

    Lease add(Message message, boolean probe) {
        Lease lease = new Lease(message, probe, settings, around);
        owned.add(lease);
        return lease;
    }

    /** Ends a lease whose message comes again and frees its permit; a second end does nothing. */
    void end(Lease lease) {
        end(lease, false);
    }

    /**
     * Ends a lease and frees its permit; a second end does nothing.
     *
     * @param deleted whether the queue has confirmed that the message is deleted
     */
    void end(Lease lease, boolean deleted) {
        end(List.of(lease), deleted);
    }

    /** Ends leases and frees their permits together, so that the next poll can ask for as many. */
    void end(List<Lease> leases, boolean deleted) {
        List<Lease> ours = leases.stream().filter(owned::remove).toList();
        if (!ours.isEmpty()) {
            ended.addAndGet(ours.size());
            permits.release(ours.size());
            ours.forEach(lease -> onEnd.accept(lease, deleted));
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
