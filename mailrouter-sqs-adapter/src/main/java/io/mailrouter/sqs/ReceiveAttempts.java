package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The ids under which a FIFO queue is asked. The answer to a receive may be lost on the way while its messages, and with
 * them their groups, are hidden already; asked again with the same id, the queue gives the same answer. Safe to share
 * between threads.
 */
final class ReceiveAttempts {

    /** The queue forgets an id after so long. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Duration usefulFor;
    private final LongSupplier nanoTime;
    private final Set<Attempt> unanswered = new LinkedHashSet<>();

    /**
     * One receive, whose answer comes with the same id for the same number only.
     *
     * @param max how many messages it asked for
     */
    record Attempt(String id, int max, long begunAt) {}

    /**
     * Begins with none.
     *
     * @param visibility how long the messages of a lost answer are hidden
     */
    ReceiveAttempts(Duration visibility, LongSupplier nanoTime) {
        this.usefulFor = visibility.compareTo(LONGEST) < 0 ? visibility : LONGEST;
        this.nanoTime = nanoTime;
    }

    /** Returns an attempt that had no answer and asks for no more than that, or a new one. */
    synchronized Attempt next(int max) {
        long now = nanoTime.getAsLong();
        unanswered.removeIf(attempt -> now - attempt.begunAt >= usefulFor.toNanos());
        Iterator<Attempt> old = unanswered.iterator();
        while (old.hasNext()) {
            Attempt attempt = old.next();
            if (attempt.max <= max) {
                old.remove();
                return attempt;
            }
        }
        return new Attempt(UUID.randomUUID().toString(), max, now);
    }

    /** Notes that an attempt ended without any word from the queue. */
    synchronized void unanswered(Attempt attempt) {
        unanswered.add(attempt);
    }
}
