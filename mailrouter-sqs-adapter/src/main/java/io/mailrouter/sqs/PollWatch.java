package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Notices polls that do not end. Another poller then takes the place of such a one, and its permits are free again; when
 * it comes back after all, what it brings is given back to the queue.
 */
final class PollWatch {

    /** A long poll ends with its wait time; so much longer it takes on no network that works. */
    static final Duration GRACE = Duration.ofSeconds(30);

    private final Duration overdueAfter;
    private final Duration visibility;
    private final Surroundings around;
    private final Set<Poll> underWay = ConcurrentHashMap.newKeySet();

    PollWatch(Settings settings, Surroundings around) {
        this.overdueAfter = settings.waitTime().plus(GRACE);
        this.visibility = settings.visibility();
        this.around = around;
    }

    /** A poll under way: it ends or is given up, never both. */
    static final class Poll {

        private final int index;
        private final int permits;
        private final boolean probe;
        private final long begin;
        private final AtomicBoolean decided = new AtomicBoolean();

        private Poll(int index, int permits, boolean probe, long begin) {
            this.index = index;
            this.permits = permits;
            this.probe = probe;
            this.begin = begin;
        }

        /** Returns which poller's it is. */
        int index() {
            return index;
        }

        int permits() {
            return permits;
        }

        boolean isProbe() {
            return probe;
        }
    }

    /** Notes that a poller asks the queue now. */
    Poll begin(int index, int permits, boolean probe) {
        Poll poll = new Poll(index, permits, probe, around.nanos());
        underWay.add(poll);
        return poll;
    }

    /** Returns whether the poll has ended in time, so that its permits are still its own. */
    boolean end(Poll poll) {
        underWay.remove(poll);
        return poll.decided.compareAndSet(false, true);
    }

    /** What a poll brings was handed out at some time since it began: says whether all of it is surely still ours. */
    boolean isOurs(Poll poll) {
        return around.nanos() - poll.begin < visibility.toNanos();
    }

    /** Gives up the polls that are overdue, at most so many, and returns them. */
    List<Poll> giveUp(int atMost) {
        List<Poll> givenUp = underWay.stream()
                .filter(poll -> around.nanos() - poll.begin >= overdueAfter.toNanos())
                .limit(atMost)
                .filter(poll -> poll.decided.compareAndSet(false, true))
                .toList();
        givenUp.forEach(underWay::remove);
        return givenUp;
    }

    /** Returns after how long a poll is overdue. */
    Duration overdueAfter() {
        return overdueAfter;
    }
}
