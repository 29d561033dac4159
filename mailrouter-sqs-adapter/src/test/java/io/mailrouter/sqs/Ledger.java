package io.mailrouter.sqs;

import io.mailrouter.SendResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Writes down what happens to each message, and what must not. */
final class Ledger {

    private final Simulation world;
    private final Set<String> seen = new TreeSet<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Integer> acceptances = new HashMap<>();
    private final Map<String, Integer> lastOfGroup = new HashMap<>();
    private final Map<String, String> keys = new HashMap<>();
    private final Map<String, SendResult> results = new HashMap<>();
    private final Set<String> accepted = new HashSet<>();
    private final Set<String> droppable = new HashSet<>();
    private final Map<SimulatedConsumer, Integer> receivedInOutage = new HashMap<>();

    Ledger(Simulation world) {
        this.world = world;
    }

    List<String> violations() {
        return violations;
    }

    /** Returns the kinds of what has happened. */
    Set<String> seen() {
        return seen;
    }

    void saw(String what) {
        seen.add(what);
    }

    void violated(String what) {
        violations.add(what);
    }

    /** A message's key is the same whenever it comes. */
    void keyed(String messageId, String key) {
        String before = keys.put(messageId, key);
        if (before != null && !before.equals(key)) {
            violated(messageId + " had the key " + before + " and has " + key);
        }
    }

    /** A provider has taken an email. */
    void accepted(String key, String messageId) {
        int times = acceptances.merge(key, 1, Integer::sum);
        world.note(() -> "accepted: " + messageId + " with key " + key);
        SimulatedQueue.Stored message = world.queue().message(messageId);
        int last = lastOfGroup.merge(message.group, message.number, Math::max);
        // Without a store, or where a thread sleeps for longer than its key is its own, nobody can keep the order.
        if (world.store().isPresent()
                && !world.weather().rough()
                && world.weather().fifo()
                && last > message.number) {
            violated(messageId + " of " + message.group + " was accepted after m" + last);
        }
        if (world.store().isPresent() && times > 1) {
            violated(key + " was accepted " + times + " times");
        }
    }

    void answered(String messageId, SendResult result) {
        results.put(messageId, result);
        if (result instanceof SendResult.Accepted) {
            accepted.add(messageId);
            if (!acceptances.containsKey(String.valueOf(keys.get(messageId)))) {
                violated(messageId + " is said to be accepted, which no provider has");
            }
        } else if (isToBeDeleted(result)) {
            droppable.add(messageId);
        }
    }

    void received(SimulatedConsumer owner, int count) {
        if (world.isDown()) {
            receivedInOutage.merge(owner, count, Integer::sum);
        }
    }

    void heard(SimulatedConsumer owner, QueueEvent event) {
        world.note(() -> owner + " tells " + event);
        seen.add(kind(event));
        boolean lost = event instanceof QueueEvent.LeaseLost || event instanceof QueueEvent.DeleteLost;
        if (lost && world.weather().isFine() && world.weather().duplicates() == 0) {
            violated(owner + " lost a message though nothing failed: " + event);
        }
    }

    private static String kind(QueueEvent event) {
        String kind = event.getClass().getSimpleName();
        if (event instanceof QueueEvent.Returned returned) {
            return kind + ' ' + returned.code();
        }
        if (event instanceof QueueEvent.DeadLettered dead) {
            return kind + ' ' + dead.reason();
        }
        return event instanceof QueueEvent.Deleted deleted ? kind + ' ' + deleted.code() : kind;
    }

    /** An outage has ended: it must not have worn out the messages. */
    void outageEnded(long nanos) {
        Settings settings = world.weather().settings();
        boolean counts = settings.pauseWhenUnavailable() && !world.weather().rough();
        long probes = nanos / settings.probeEvery().toNanos() + 2;
        long allowed = probes + 2L * settings.capacity() + world.weather().messages();
        receivedInOutage.forEach((owner, count) -> {
            if (counts && count > allowed) {
                violated(owner + " received " + count + " times in an outage, where " + allowed + " are enough");
            }
        });
        receivedInOutage.clear();
    }

    /** A consumer is about to delete a message. */
    void deletes(SimulatedConsumer owner, String id, int receives) {
        SimulatedQueue.Stored message = world.queue().message(id);
        boolean done = accepted.contains(id) || world.queue().hasDeadLetter(id) || mayBeDropped(message, receives);
        if (!done && !owner.isDead()) {
            violated(owner + " deletes " + id + ", which is not done: " + results.get(id));
        }
    }

    private boolean mayBeDropped(SimulatedQueue.Stored message, int receives) {
        Policy policy = world.weather().settings().policy();
        boolean isJunk = message.isJunk() && (isInsteadOfDeadLetters() || policy.onMalformed() == Handling.DELETE);
        boolean isUsedUp = isInsteadOfDeadLetters() && receives >= policy.maxAttempts();
        return isJunk || isUsedUp || droppable.contains(message.id);
    }

    private boolean isInsteadOfDeadLetters() {
        return !world.weather().deadLetters()
                && world.weather().settings().ifNoDeadLetterQueue() == NoDeadLetterQueue.DELETE_AND_EVENT;
    }

    private boolean isToBeDeleted(SendResult result) {
        Policy policy = world.weather().settings().policy();
        if (result instanceof SendResult.NotSent) {
            return false;
        }
        Handling handling = policy.onRejected();
        if (result instanceof SendResult.Rejected rejected && rejected.code().equals("key_reused")) {
            handling = policy.onMalformed();
        } else if (result instanceof SendResult.Expired) {
            handling = policy.onStale();
        } else if (result instanceof SendResult.Unknown) {
            handling = policy.onUnknown();
        }
        return isInsteadOfDeadLetters() || handling == Handling.DELETE;
    }

    /** Nothing was left behind: what is still queued is what is to be kept there. */
    void closed() {
        boolean keeps = !world.weather().deadLetters()
                && world.weather().settings().ifNoDeadLetterQueue() == NoDeadLetterQueue.KEEP;
        for (SimulatedQueue.Stored message : world.queue().all()) {
            boolean isDone = accepted.contains(message.id)
                    || world.queue().hasDeadLetter(message.id)
                    || mayBeDropped(message, message.receives);
            if (message.place == SimulatedQueue.Place.QUEUED && (!keeps || accepted.contains(message.id))) {
                violated(message.id + " is left in the queue after all has calmed down");
            } else if (message.place == SimulatedQueue.Place.DELETED && !isDone) {
                violated(message.id + " is gone without being done");
            }
        }
    }

    /** A consumer has ended: each message that it received has ended in one event. */
    void ended(SimulatedConsumer owner) {
        ConsumerStats stats = owner.stats();
        long ends = stats.deleted() + stats.returned() + stats.deadLettered() + stats.deleteLost();
        if (ends > stats.received() || ends + stats.leaseLost() < stats.received()) {
            violated(owner + " lost count of its messages: " + stats);
        }
    }
}
