package io.mailrouter.limit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Turns that were granted and not used yet, in their order. Not safe to share between threads. */
final class Turns {

    /** How long a turn may be used after its time has come, in nanoseconds. */
    static final long VALID = Duration.ofMillis(50).toNanos();

    private final Deque<Batch> batches = new ArrayDeque<>();
    private long left;

    /** Turns that follow each other; {@code arrived} is when they were granted. */
    private record Batch(long arrived, long start, long interval, long turns) {

        long at(long place) {
            return start + place * interval;
        }

        Batch from(long place) {
            return new Batch(arrived, at(place), interval, turns - place);
        }

        /** Returns how many of them are too old. */
        long tooOld(long now) {
            long since = now - VALID;
            if (arrived - since >= 0 || start - since >= 0) {
                return 0;
            }
            return Math.min(turns, (since - start) / Math.max(1, interval) + 1);
        }
    }

    /** Turns that were taken, so that they can be put back. */
    record Taken(Deque<Batch> batches) {}

    void add(long arrived, long start, long interval, long turns) {
        batches.addLast(new Batch(arrived, start, interval, turns));
        left += turns;
    }

    long left() {
        return left;
    }

    /** Drops those that are too old, and returns how many. */
    long drop(long now) {
        long dropped = 0;
        while (!batches.isEmpty()) {
            Batch first = batches.removeFirst();
            long old = first.tooOld(now);
            dropped += old;
            if (old < first.turns()) {
                batches.addFirst(old == 0 ? first : first.from(old));
                break;
            }
        }
        left -= dropped;
        return dropped;
    }

    /** Returns how long until so many have come, in nanoseconds; there must be so many. */
    long opensIn(long turns, long now) {
        long place = turns - 1;
        for (Batch batch : batches) {
            if (place < batch.turns()) {
                return Math.max(0, batch.at(place) - now);
            }
            place -= batch.turns();
        }
        throw new IllegalStateException("there are not so many turns");
    }

    /** Takes the first; there must be so many. */
    Taken take(long turns) {
        Deque<Batch> taken = new ArrayDeque<>(1);
        long missing = turns;
        left -= turns;
        while (missing > 0) {
            Batch first = batches.removeFirst();
            long part = Math.min(missing, first.turns());
            taken.addLast(new Batch(first.arrived(), first.start(), first.interval(), part));
            if (part < first.turns()) {
                batches.addFirst(first.from(part));
            }
            missing -= part;
        }
        return new Taken(taken);
    }

    /** Puts back what was not used. It is as old as before. */
    void putBack(Taken taken) {
        while (!taken.batches().isEmpty()) {
            Batch last = taken.batches().removeLast();
            batches.addFirst(last);
            left += last.turns();
        }
    }
}
