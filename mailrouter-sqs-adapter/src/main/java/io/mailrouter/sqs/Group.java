package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The messages of one FIFO group that are ours, in their order. The first has its turn: it is queued, sent, held for
 * another try or waits for its delete. Not safe to share between threads.
 */
final class Group {

    private final String id;
    private final Deque<Turn> turns = new ArrayDeque<>();
    private boolean failed;
    private long failedSince;
    private boolean held;
    private long retryAt;

    Group(String id) {
        this.id = id;
    }

    String id() {
        return id;
    }

    void add(Turn turn) {
        turns.addLast(turn);
    }

    Turn head() {
        return turns.getFirst();
    }

    boolean isLedBy(Lease lease) {
        return !turns.isEmpty() && head().lease().equals(lease);
    }

    int size() {
        return turns.size();
    }

    /** Lets the first go; the next one begins afresh. */
    void removeHead() {
        turns.removeFirst();
        failed = false;
        held = false;
    }

    /** Takes away what waits behind the first, the last first. */
    List<Turn> takeTail() {
        List<Turn> taken = new ArrayList<>();
        while (turns.size() > 1) {
            taken.add(turns.removeLast());
        }
        return taken;
    }

    /** Takes away what waits behind a message that waits as well, the last first, and the message. */
    List<Turn> takeBehind(Lease lease) {
        boolean waits = turns.stream().skip(1).anyMatch(turn -> turn.lease().equals(lease));
        List<Turn> taken = new ArrayList<>();
        Iterator<Turn> fromLast = turns.descendingIterator();
        while (waits) {
            Turn turn = fromLast.next();
            fromLast.remove();
            if (turn.lease().equals(lease)) {
                return taken;
            }
            taken.add(turn);
        }
        return taken;
    }

    /** Returns for how long the first has failed, from the first time on that this was asked. */
    Duration failedFor(long now) {
        if (!failed) {
            failed = true;
            failedSince = now;
        }
        return Duration.ofNanos(now - failedSince);
    }

    void holdUntil(long time) {
        held = true;
        retryAt = time;
    }

    boolean isHeld() {
        return held;
    }

    void endHold() {
        held = false;
    }

    /** Returns after how long the first may be tried again, in whole seconds. */
    Duration holdLeft(long now) {
        Duration left = Duration.ofNanos(Math.max(0, retryAt - now));
        return Duration.ofSeconds(left.plusNanos(999_999_999).toSeconds());
    }
}
