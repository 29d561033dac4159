package io.mailrouter.redis;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node has counted and the fleet does not know yet. Used by one thread.
 *
 * <p>A batch, once handed out, is handed out again with the same sequence until it is known to be applied: it may have
 * been applied without our hearing of it. What is counted meanwhile goes into the next.
 */
final class Backlog {

    private final Map<String, Tally> tallies;
    private final double tauNanos;
    private final LongSupplier nanoTime;
    private final Map<String, long[]> read = new HashMap<>();
    private Map<String, Deltas> waiting = new TreeMap<>();
    private @Nullable Batch open;
    private long sequence;
    private long fadedAt;

    /**
     * Deltas under a sequence, for each provider that this node has named.
     *
     * @param sequence higher than that of every earlier batch of this node
     * @param deltas what to add, by provider
     */
    record Batch(long sequence, Map<String, Deltas> deltas) {}

    Backlog(Map<String, Tally> tallies, Duration tau, LongSupplier nanoTime) {
        this.tallies = tallies;
        this.tauNanos = tau.toNanos();
        this.nanoTime = nanoTime;
        this.fadedAt = nanoTime.getAsLong();
    }

    /** Takes in what was counted since the last call, so that it fades from now on. */
    void gather() {
        long now = nanoTime.getAsLong();
        double factor = Math.exp(-(now - fadedAt) / tauNanos);
        fadedAt = now;
        waiting.values().forEach(deltas -> deltas.fade(factor));
        if (open != null) {
            open.deltas().values().forEach(deltas -> deltas.fade(factor));
        }
        tallies.forEach((provider, tally) -> {
            long[] totals = tally.totals();
            long[] before = read.put(provider, totals);
            Deltas deltas = waiting.computeIfAbsent(provider, name -> new Deltas());
            deltas.add(before == null ? new long[totals.length] : before, totals);
            deltas.add(tally.returned());
        });
    }

    /** Returns the batch to send now: the last one while it is not known to be applied. */
    Batch batch() {
        if (open == null) {
            open = new Batch(++sequence, waiting);
            waiting = new TreeMap<>();
        }
        return open;
    }

    /** Says whether a batch was handed out that is not known to be applied. */
    boolean isOpen() {
        return open != null;
    }

    /**
     * Ends the open batch: the store has applied it, now or before.
     *
     * @param stored the last sequence that the store knew before; higher than ours only if somebody tampered with it,
     *     and then ours goes on from there
     */
    void applied(long stored) {
        open = null;
        sequence = Math.max(sequence, stored);
    }
}
