package io.mailrouter.suppression;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the list in this JVM, as long as it lives: for tests, and for applications that fill it at their start.
 *
 * <p>Safe to share between threads; no call does I/O. It holds a bounded number of addresses and, when it is full, refuses
 * another instead of forgetting one: a forgotten address would get email again.
 */
public final class InMemorySuppressionList implements SuppressionList {

    private static final int MAX_ENTRIES = 1_000_000;

    private final InstantSource clock;
    private final int maxEntries;
    private final Map<CanonicalAddress, Suppression> entries = new ConcurrentHashMap<>();

    private InMemorySuppressionList(InstantSource clock, int maxEntries) {
        this.clock = clock;
        this.maxEntries = maxEntries;
    }

    /** Returns an empty list for up to 1,000,000 addresses. */
    public static InMemorySuppressionList create() {
        return create(MAX_ENTRIES, InstantSource.system());
    }

    /**
     * Returns an empty list.
     *
     * @param maxEntries how many addresses it may hold, 1 to 100,000,000
     * @param clock decides when a suppression has ended
     * @throws IllegalArgumentException when the number is out of its range
     */
    public static InMemorySuppressionList create(int maxEntries, InstantSource clock) {
        if (maxEntries < 1 || maxEntries > 100_000_000) {
            throw new IllegalArgumentException("maxEntries is " + maxEntries + ": 1 to 100000000 is needed");
        }
        return new InMemorySuppressionList(clock, maxEntries);
    }

    @Override
    public Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within) {
        if (entries.isEmpty()) {
            return Map.of();
        }
        Instant now = clock.instant();
        Map<CanonicalAddress, Suppression> found = new HashMap<>();
        for (CanonicalAddress address : addresses) {
            Suppression suppression = entries.get(address);
            if (suppression != null && !suppression.isOver(now)) {
                found.put(address, suppression);
            }
        }
        return found;
    }

    /** @throws IllegalStateException when the list is full */
    @Override
    public synchronized void add(CanonicalAddress address, Suppression suppression) {
        Instant now = clock.instant();
        Suppression known = entries.get(address);
        if (known != null) {
            if (known.isOver(now) || suppression.outlasts(known)) {
                entries.put(address, suppression);
            }
            return;
        }
        if (entries.size() >= maxEntries) {
            entries.values().removeIf(old -> old.isOver(now));
        }
        if (entries.size() >= maxEntries) {
            throw new IllegalStateException("suppression list is full: it holds " + maxEntries + " addresses");
        }
        entries.put(address, suppression);
    }

    @Override
    public synchronized boolean remove(CanonicalAddress address) {
        Suppression removed = entries.remove(address);
        return removed != null && !removed.isOver(clock.instant());
    }

    @Override
    public boolean honoursBudget() {
        return true;
    }

    /** Does nothing: there is nothing to free, and services that share it may be closed at different times. */
    @Override
    public void close() {}

    /** Returns the number of addresses only. */
    @Override
    public String toString() {
        return "InMemorySuppressionList[" + entries.size() + " addresses]";
    }
}
