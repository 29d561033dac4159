package io.mailrouter.sqs;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The order of a FIFO queue: of each group one message at a time, and the next once the queue has confirmed that the one
 * before is deleted; groups beside each other.
 *
 * <p>What goes back goes back the last first and the first one last, and all with the same delay: the queue hands out
 * nothing of a group while any message of it is hidden, so that nobody gets a later message before an earlier one. When a
 * message ends in another way than by its delete, those behind it go back as well, because it will come again.
 */
final class GroupOrder implements Order {

    /** The code of what goes back only because of a message before it. */
    static final String BEHIND_ANOTHER = "behind_another";

    private final Parts parts;
    private final Map<String, Group> groups = new HashMap<>();

    /**
     * What keeping the order needs.
     *
     * @param capacity how many messages the consumer holds at most
     * @param senders hands a message to a thread, and says whether there will be one
     * @param notNow says why a message must not begin now
     * @param alarm runs a held message's next try
     * @param defects hears what must not happen
     */
    record Parts(
            String queueName,
            Policy policy,
            FifoPolicy fifo,
            IntSupplier capacity,
            Predicate<Turn> senders,
            Function<Lease, Optional<String>> notNow,
            Alarm alarm,
            Consumer<QueueEvent> events,
            Surroundings around,
            Consumer<Throwable> defects) {}

    GroupOrder(Parts parts) {
        this.parts = parts;
    }

    @Override
    public synchronized void accept(List<Turn> batch) {
        if (batch.isEmpty()) {
            return;
        }
        Optional<String> notNow = parts.notNow().apply(batch.get(0).lease());
        if (notNow.isPresent()) {
            for (int i = batch.size() - 1; i >= 0; i--) {
                batch.get(i).release(Duration.ZERO, notNow.get());
            }
            return;
        }
        Set<Group> fresh = new LinkedHashSet<>();
        for (Turn turn : batch) {
            String id = turn.lease().received().groupId();
            Group group = groups.get(id);
            if (group == null) {
                group = new Group(id);
                groups.put(id, group);
                fresh.add(group);
            }
            group.add(turn);
        }
        fresh.forEach(this::begin);
    }

    private void begin(Group group) {
        String why = "stopping";
        try {
            if (parts.senders().test(group.head())) {
                return;
            }
        } catch (Throwable defect) {
            parts.defects().accept(defect);
            why = "not_begun";
        }
        giveBack(group, Duration.ZERO, why);
    }

    @Override
    public synchronized void releaseWaiting(String code) {
        for (Group group : List.copyOf(groups.values())) {
            if (group.isHeld()) {
                giveBack(group, group.holdLeft(parts.around().nanos()), code);
                continue;
            }
            release(group.takeTail(), Duration.ZERO, code);
            if (!group.head().lease().isProbe() && group.head().release(Duration.ZERO, code)) {
                groups.remove(group.id());
            }
        }
    }

    @Override
    public synchronized void release(Turn turn, String code) {
        Group group = ledBy(turn);
        if (group == null) {
            turn.release(Duration.ZERO, code);
        } else {
            giveBack(group, Duration.ZERO, code);
        }
    }

    @Override
    public Disposition revise(Disposition decided, MessageContext context) {
        return Dispositions.inGroup(decided, context, parts.policy(), parts.fifo());
    }

    @Override
    public void notSent(Turn turn, Disposition.Return back) {
        if (!hold(turn, back)) {
            giveBack(turn, back.delay(), back.code());
            return;
        }
        Lease lease = turn.lease();
        parts.events()
                .accept(new QueueEvent.Held(
                        parts.queueName(), lease.id(), lease.receiveCount(), back.delay(), back.code()));
    }

    private synchronized boolean hold(Turn turn, Disposition.Return back) {
        Group group = ledBy(turn);
        if (group == null || !mayHold(group, back) || !turn.hold()) {
            return false;
        }
        group.holdUntil(parts.around().nanos() + back.delay().toNanos());
        try {
            parts.alarm().after(back.delay(), () -> tryAgain(group, turn));
            return true;
        } catch (Throwable defect) {
            parts.defects().accept(defect);
            return false;
        }
    }

    /** Held groups own no more than half of what may be held, so that a few of them do not stop all others. */
    private boolean mayHold(Group group, Disposition.Return back) {
        long now = parts.around().nanos();
        Lease lease = group.head().lease();
        int held = groups.values().stream()
                .filter(Group::isHeld)
                .mapToInt(Group::size)
                .sum();
        return parts.notNow().apply(lease).isEmpty()
                && !lease.isProbe()
                && 2 * (held + group.size()) <= parts.capacity().getAsInt()
                && Dispositions.mayHold(back, group.failedFor(now), lease.timeLeft(now), parts.fifo());
    }

    private synchronized void tryAgain(Group group, Turn turn) {
        if (ledBy(turn) == group && group.isHeld()) {
            group.endHold();
            begin(group);
        }
    }

    @Override
    public synchronized void giveBack(Turn turn, Duration delay, String code) {
        Group group = ledBy(turn);
        if (group == null) {
            turn.giveBack(delay, code);
        } else {
            giveBack(group, delay, code);
        }
    }

    private void giveBack(Group group, Duration delay, String code) {
        groups.remove(group.id());
        boolean sent = group.head().lease().isRunning();
        release(group.takeTail(), delay, sent ? BEHIND_ANOTHER : code);
        if (!group.head().release(delay, code)) {
            group.head().giveBack(delay, code);
        }
    }

    private static void release(List<Turn> lastFirst, Duration delay, String code) {
        lastFirst.forEach(turn -> turn.release(delay, code));
    }

    private @Nullable Group ledBy(Turn turn) {
        Group group = groups.get(turn.lease().received().groupId());
        return group != null && group.isLedBy(turn.lease()) ? group : null;
    }

    @Override
    public synchronized boolean isAwaited(Turn turn) {
        Group group = ledBy(turn);
        return group != null && group.size() > 1;
    }

    @Override
    public synchronized void ended(Lease lease, boolean deleted) {
        Group group = groups.get(lease.received().groupId());
        if (group == null) {
            return;
        }
        if (!group.isLedBy(lease)) {
            release(group.takeBehind(lease), Duration.ZERO, BEHIND_ANOTHER);
            return;
        }
        if (!deleted) {
            release(group.takeTail(), Duration.ZERO, BEHIND_ANOTHER);
        }
        group.removeHead();
        if (group.size() == 0) {
            groups.remove(group.id());
        } else {
            begin(group);
        }
    }
}
