package io.mailrouter.redis;

import io.mailrouter.health.FleetHold;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The last hold of each provider that this node knows of, and those that the store does not know yet. Safe to share
 * between threads. A hold that this node was asked for, and that the store has lost, is told to it again.
 */
final class HoldBook {

    /** What is over by the time that others hear of it need not be told. */
    private static final Duration TOO_SHORT = Duration.ofMillis(200);

    private final LongSupplier nanoTime;
    private final Map<String, FleetHold> own = new HashMap<>();
    private final Map<String, FleetHold> waiting = new HashMap<>();
    private final Map<String, SharedHold> known = new HashMap<>();

    /** When operators have begun anew: an answer that was under way may still tell of a hold from before. */
    private final Map<String, Long> begunAnew = new HashMap<>();

    private volatile Map<String, FleetHold> holds = Map.of();

    HoldBook(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Notes a hold that this node was asked for. */
    synchronized void add(String provider, FleetHold hold) {
        own.put(provider, hold);
        waiting.put(provider, hold);
    }

    /** Forgets what was asked for before a moment: an operator has begun anew then. */
    synchronized void forget(String provider, long at) {
        own.computeIfPresent(provider, (name, hold) -> hold.since() - at < 0 ? null : hold);
        waiting.computeIfPresent(provider, (name, hold) -> hold.since() - at < 0 ? null : hold);
        known.remove(provider);
        begunAnew.put(provider, at);
        publish();
    }

    /** Returns all that is known, by provider. */
    Map<String, FleetHold> holds() {
        return holds;
    }

    /** Returns what the store is to be told now. */
    synchronized Map<String, FleetHold> waiting() {
        waiting.values().removeIf(hold -> !isWorthTelling(hold));
        return Map.copyOf(waiting);
    }

    private boolean isWorthTelling(FleetHold hold) {
        return hold.until() - nanoTime.getAsLong() >= TOO_SHORT.toNanos();
    }

    /** Notes that the store has read a hold. */
    synchronized void told(String provider, FleetHold hold) {
        waiting.remove(provider, hold);
    }

    /**
     * Takes in the answer of one exchange. A hold that is missing there has not ended.
     *
     * @param providers who was asked for
     * @param heard what the store knows
     */
    synchronized void hear(Collection<String> providers, Map<String, SharedHold> heard) {
        for (String provider : providers) {
            SharedHold there = heard.get(provider);
            SharedHold before = known.get(provider);
            if (there != null && isAfterReset(provider, there) && !there.isSameAs(before)) {
                known.put(provider, there);
            }
            FleetHold mine = own.get(provider);
            if (there == null && mine != null && isWorthTelling(mine)) {
                waiting.put(provider, mine);
            }
        }
        publish();
    }

    private boolean isAfterReset(String provider, SharedHold there) {
        Long at = begunAnew.get(provider);
        return at == null || there.hold().since() - at >= 0;
    }

    private void publish() {
        Map<String, FleetHold> all = new HashMap<>();
        known.forEach((provider, hold) -> all.put(provider, hold.hold()));
        holds = Map.copyOf(all);
    }
}
