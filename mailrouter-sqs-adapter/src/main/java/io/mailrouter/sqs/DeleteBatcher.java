package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes messages ten at a time: a full batch on the thread that filled it, so that deleting keeps pace with sending,
 * and what lingers on a thread of its own. What fails is tried again as long as the message is still ours.
 */
final class DeleteBatcher implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);
    private static final int BATCH = 10;
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);

    private final MessageQueue queue;
    private final Leases leases;
    private final Events events;
    private final Surroundings around;
    private final Duration linger;
    private final Consumer<Throwable> defects;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Deletion> fresh = new ArrayList<>();
    private final List<Deletion> again = new ArrayList<>();
    private boolean stopping;
    private long giveUpAt;
    private boolean alarmed;
    private long alarm;

    /**
     * A message to delete.
     *
     * @param event what to tell when it is deleted
     */
    private record Deletion(Lease lease, QueueEvent event, int tries, long dueAt) {}

    /**
     * Begins with nothing to delete.
     *
     * @param defects hears what must not happen
     */
    DeleteBatcher(
            MessageQueue queue,
            Leases leases,
            Events events,
            Duration linger,
            Surroundings around,
            Consumer<Throwable> defects) {
        this.queue = queue;
        this.leases = leases;
        this.events = events;
        this.linger = linger;
        this.around = around;
        this.defects = defects;
    }

    /**
     * Deletes a message soon; blocks for one call when it fills a batch, or is awaited.
     *
     * @param awaited whether others can begin only when it is deleted, so that it must not linger
     */
    void add(Lease lease, QueueEvent event, boolean awaited) {
        lease.done();
        List<Deletion> full = List.of();
        lock.lock();
        try {
            long dueAt = around.nanos() + linger.toNanos();
            fresh.add(new Deletion(lease, event, 0, dueAt));
            if (fresh.size() >= BATCH || stopping || awaited) {
                full = List.copyOf(fresh);
                fresh.clear();
            } else if (!alarmed || dueAt - alarm < 0) {
                // A thread that looks in time anyway need not be woken for each batch.
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (!full.isEmpty()) {
            delete(full);
        }
    }

    /** Deletes the rest, and again what fails, for at most so long; then the thread ends. */
    void stop(Duration limit) {
        lock.lock();
        try {
            stopping = true;
            giveUpAt = around.nanos() + limit.toNanos();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        while (true) {
            try {
                if (!awaitDue()) {
                    return;
                }
                step();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable defect) {
                log.warn("Deleting met a {}; it goes on", defect.getClass().getSimpleName());
                log.debug("Defect", defect);
                defects.accept(defect);
            }
        }
    }

    /** Deletes what is due. */
    void step() {
        List<Deletion> due = takeDue();
        for (int from = 0; from < due.size(); from += BATCH) {
            delete(due.subList(from, Math.min(due.size(), from + BATCH)));
        }
    }

    /** Lets a message go that is done with and cannot be deleted. */
    void lose(Lease lease) {
        try {
            events.tell(new QueueEvent.DeleteLost(queue.name(), lease.id()));
        } finally {
            leases.end(lease);
        }
    }

    /** Waits until something is due. Returns whether it is, and not time to end. */
    private boolean awaitDue() throws InterruptedException {
        lock.lock();
        try {
            while (!(stopping && fresh.isEmpty() && again.isEmpty())) {
                long wait = untilDue();
                if (wait <= 0) {
                    return true;
                }
                alarmed = wait < Long.MAX_VALUE;
                alarm = around.nanos() + wait;
                changed.awaitNanos(wait);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many nanoseconds are left until something is due, none when it is. */
    private long untilDue() {
        long now = around.nanos();
        boolean givingUp = stopping && now - giveUpAt >= 0;
        long wait = Long.MAX_VALUE;
        if (!fresh.isEmpty()) {
            wait = stopping ? 0 : fresh.get(0).dueAt - now;
        }
        for (Deletion deletion : again) {
            wait = Math.min(wait, givingUp ? 0 : deletion.dueAt - now);
        }
        return wait;
    }

    private List<Deletion> takeDue() {
        lock.lock();
        try {
            long now = around.nanos();
            List<Deletion> due = new ArrayList<>();
            if (!fresh.isEmpty() && (stopping || fresh.get(0).dueAt - now <= 0)) {
                due.addAll(fresh);
                fresh.clear();
            }
            boolean givingUp = stopping && now - giveUpAt >= 0;
            again.removeIf(deletion -> (givingUp || deletion.dueAt - now <= 0) && due.add(deletion));
            return due;
        } finally {
            lock.unlock();
        }
    }

    private void delete(List<Deletion> batch) {
        boolean[] failed = new boolean[batch.size()];
        boolean[] forGood = new boolean[batch.size()];
        try {
            for (MessageQueue.Failure failure :
                    queue.delete(batch.stream().map(Deletion::lease).toList())) {
                failed[failure.index()] = true;
                forGood[failure.index()] = failure.senderFault();
            }
        } catch (Throwable e) {
            log.debug("Deleting {} messages failed", batch.size(), e);
            Arrays.fill(failed, true);
            events.callFailed(queue.name(), "DeleteMessage", e);
            defects.accept(e);
        }
        List<Lease> deleted = new ArrayList<>(failed.length);
        try {
            for (int i = 0; i < failed.length; i++) {
                Deletion deletion = batch.get(i);
                if (!failed[i]) {
                    deleted.add(deletion.lease);
                    events.tell(deletion.event);
                } else if (forGood[i] || deletion.lease.isLost() || !tryAgain(deletion)) {
                    lose(deletion.lease);
                }
            }
        } finally {
            leases.end(deleted, true);
        }
    }

    private boolean tryAgain(Deletion deletion) {
        long delay = Math.min(LONGEST_RETRY.toMillis(), 100L << Math.min(deletion.tries, 10));
        lock.lock();
        try {
            long now = around.nanos();
            if (stopping && now - giveUpAt >= 0) {
                return false;
            }
            long dueAt = now + Duration.ofMillis(delay).toNanos();
            again.add(new Deletion(deletion.lease, deletion.event, deletion.tries + 1, dueAt));
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }
}
