package io.mailrouter.idempotency;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers keys in this JVM, as long as it lives: for a single process, and for tests.
 *
 * <p>Safe to share between threads; no call does I/O or waits for anything but a short lock. It holds a bounded number of
 * keys: with no room left, it forgets those that were settled first, and never one in flight.
 */
public final class InMemoryIdempotencyStore implements IdempotencyStore {

    private static final int MAX_ENTRIES = 100_000;
    private static final Duration TTL = Duration.ofDays(14);

    private final int maxEntries;
    private final long ttl;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> inFlight = new HashMap<>();
    private final LinkedHashMap<String, Entry> settled = new LinkedHashMap<>();

    /** What is known of a key. Its end is that of the lease while in flight, else when it is forgotten. */
    private record Entry(
            String fingerprint,
            String owner,
            long begun,
            long end,
            int times,
            @Nullable Settlement settlement) {}

    private InMemoryIdempotencyStore(Builder b) {
        maxEntries = b.maxEntries;
        ttl = b.ttl.toNanos();
        nanoTime = b.nanoTime;
    }

    /** Returns a store with the defaults. */
    public static InMemoryIdempotencyStore create() {
        return builder().build();
    }

    /** Returns a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** @throws IllegalStateException when it is full of keys in flight */
    @Override
    public Claim begin(Ticket ticket, Duration within) {
        lock.lock();
        try {
            return begin(ticket, nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    private Claim begin(Ticket ticket, long now) {
        Entry entry = find(ticket.key(), now);
        if (entry == null) {
            makeRoom(now);
            return grant(ticket, now, now, 1);
        }
        boolean sameEmail = entry.fingerprint.equals(ticket.fingerprint());
        boolean sameOwner = entry.owner.equals(ticket.owner());
        Settlement settlement = entry.settlement;
        if (settlement == null) {
            if (sameOwner) {
                return new Claim.Granted(entry.times);
            }
            return sameEmail ? new Claim.Busy(Duration.ofNanos(entry.end - now)) : new Claim.Conflict();
        }
        boolean free = settlement.state() == KeyState.NOT_SENT
                ? !sameOwner
                : settlement.state() == KeyState.REFUSED && !sameEmail;
        if (free) {
            return grant(ticket, now, now, sameEmail ? entry.times + 1 : 1);
        }
        return sameEmail
                ? new Claim.Settled(settlement, entry.owner, Duration.ofNanos(now - entry.begun))
                : new Claim.Conflict();
    }

    private Claim grant(Ticket ticket, long now, long begun, int times) {
        settled.remove(ticket.key());
        long end = now + ticket.lease().toNanos();
        inFlight.put(ticket.key(), new Entry(ticket.fingerprint(), ticket.owner(), begun, end, times, null));
        return new Claim.Granted(times);
    }

    @Override
    public Claim retake(Ticket ticket, String owner, Duration within) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            Entry entry = find(ticket.key(), now);
            if (entry != null
                    && entry.settlement != null
                    && entry.settlement.state() == KeyState.AMBIGUOUS
                    && entry.owner.equals(owner)
                    && entry.fingerprint.equals(ticket.fingerprint())) {
                return grant(ticket, now, entry.begun, entry.times + 1);
            }
            return begin(ticket, now);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean renew(Ticket ticket, Duration within) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            Entry entry = find(ticket.key(), now);
            if (entry == null || entry.settlement != null || !entry.owner.equals(ticket.owner())) {
                return false;
            }
            grant(ticket, now, entry.begun, entry.times);
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean settle(Ticket ticket, Settlement settlement, Duration within) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            Entry entry = find(ticket.key(), now);
            if (entry == null) {
                makeRoom(now);
                put(ticket.key(), new Entry(ticket.fingerprint(), ticket.owner(), now, now + ttl, 1, settlement));
                return true;
            }
            if (!entry.owner.equals(ticket.owner())) {
                return false;
            }
            if (entry.settlement == null || entry.settlement.mayBecome(settlement)) {
                put(
                        ticket.key(),
                        new Entry(entry.fingerprint, entry.owner, entry.begun, now + ttl, entry.times, settlement));
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a settled key last in the order in which keys are forgotten. */
    private void put(String key, Entry entry) {
        inFlight.remove(key);
        settled.remove(key);
        settled.put(key, entry);
    }

    /** Returns what is known of a key now: past its lease a key in flight is ambiguous, whoever notices. */
    private @Nullable Entry find(String key, long now) {
        forgetOld(now);
        Entry entry = inFlight.get(key);
        if (entry == null) {
            return settled.get(key);
        }
        if (entry.end - now > 0) {
            return entry;
        }
        Entry ended = ended(entry, now);
        put(key, ended);
        return ended;
    }

    private Entry ended(Entry entry, long now) {
        return new Entry(entry.fingerprint, entry.owner, entry.begun, now + ttl, entry.times, Settlement.leaseEnded());
    }

    private void forgetOld(long now) {
        Iterator<Entry> oldest = settled.values().iterator();
        while (oldest.hasNext() && oldest.next().end - now <= 0) {
            oldest.remove();
        }
    }

    private void makeRoom(long now) {
        if (inFlight.size() + settled.size() < maxEntries) {
            return;
        }
        if (settled.isEmpty()) {
            noticeEndedLeases(now);
        }
        Iterator<Entry> oldest = settled.values().iterator();
        if (!oldest.hasNext()) {
            throw new IllegalStateException(
                    "store is full: " + maxEntries + " keys are in flight, raise maxEntries or send fewer at once");
        }
        oldest.next();
        oldest.remove();
    }

    private void noticeEndedLeases(long now) {
        Iterator<Map.Entry<String, Entry>> all = inFlight.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<String, Entry> one = all.next();
            if (one.getValue().end - now <= 0) {
                all.remove();
                settled.put(one.getKey(), ended(one.getValue(), now));
            }
        }
    }

    @Override
    public boolean honoursBudget() {
        return true;
    }

    /** Does nothing: there is nothing to free, and services that share it may be closed at different times. */
    @Override
    public void close() {}

    /** Returns the number of keys only. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "InMemoryIdempotencyStore[" + (inFlight.size() + settled.size()) + " keys]";
        } finally {
            lock.unlock();
        }
    }

    /** Collects the bounds of a store. Not safe to share between threads. */
    public static final class Builder {

        private int maxEntries = MAX_ENTRIES;
        private Duration ttl = TTL;
        private LongSupplier nanoTime = System::nanoTime;

        private Builder() {}

        /** Sets how many keys it holds, in flight and settled, at most 10,000,000. 100,000 by default. */
        public Builder maxEntries(int entries) {
            if (entries < 1 || entries > 10_000_000) {
                throw new IllegalArgumentException("maxEntries is " + entries + ": 1 to 10000000 is needed");
            }
            maxEntries = entries;
            return this;
        }

        /** Sets how long a settled key is remembered, at most 366 days. 14 days by default. */
        public Builder ttl(Duration value) {
            if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofDays(366)) > 0) {
                throw new IllegalArgumentException("ttl is " + value + ": 1 ms to 366 days is needed");
            }
            ttl = value;
            return this;
        }

        /** Sets a monotonic clock in nanoseconds, for tests. {@link System#nanoTime()} by default. */
        public Builder nanoTime(LongSupplier clock) {
            nanoTime = clock;
            return this;
        }

        /** Returns the store, empty. */
        public InMemoryIdempotencyStore build() {
            return new InMemoryIdempotencyStore(this);
        }
    }
}
