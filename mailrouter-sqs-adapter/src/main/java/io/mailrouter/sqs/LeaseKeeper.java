package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes all changes of visibility, on one thread: it extends the leases that are still needed and gives back the others.
 * One thread, because an extension that overtook a delay would undo it.
 */
final class LeaseKeeper implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);
    private static final int BATCH = 10;

    private final MessageQueue queue;
    private final Leases leases;
    private final Events events;
    private final Surroundings around;
    private final Consumer<Throwable> defects;
    private final Duration tick;
    private final BlockingQueue<GivenBack> givenBack = new LinkedBlockingQueue<>();
    private volatile boolean stopping;

    private enum Ended {
        WELL,
        FAILED,
        FAILED_FOR_GOOD
    }

    private record GivenBack(Lease lease, Duration delay, String code, boolean secondTry) {}

    /**
     * Begins with nothing to keep.
     *
     * @param defects hears what must not happen
     */
    LeaseKeeper(
            MessageQueue queue,
            Leases leases,
            Events events,
            Settings settings,
            Surroundings around,
            Consumer<Throwable> defects) {
        this.queue = queue;
        this.leases = leases;
        this.events = events;
        this.around = around;
        this.defects = defects;
        long share = settings.visibility().toMillis() / 20;
        this.tick = Duration.ofMillis(Math.max(25, Math.min(500, share)));
    }

    /**
     * Gives a message back whose heartbeats have ended, to be handed out again after a delay in whole seconds. Does not
     * block.
     */
    void giveBack(Lease lease, Duration delay, String code) {
        givenBack.add(new GivenBack(lease, delay, code, false));
    }

    /** Ends the thread once everything is given back. */
    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        boolean goesOn = true;
        while (goesOn) {
            try {
                goesOn = step(tick);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable defect) {
                log.warn(
                        "Keeping leases met a {}; it goes on", defect.getClass().getSimpleName());
                log.debug("Defect", defect);
                defects.accept(defect);
            }
        }
    }

    /**
     * Waits no longer than that for a message to give back, then makes the changes that are due. Returns whether there may
     * be more to do.
     */
    boolean step(Duration patience) throws InterruptedException {
        GivenBack first = givenBack.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            giveBackWith(first);
        } else if (stopping) {
            return false;
        }
        extendWhatIsDue();
        return true;
    }

    private void giveBackWith(GivenBack first) {
        List<GivenBack> batch = new ArrayList<>(BATCH);
        batch.add(first);
        givenBack.drainTo(batch, BATCH - 1);
        batch.removeIf(this::isLost);
        if (batch.isEmpty()) {
            return;
        }
        // A delay was decided a while ago, and more than the queue grants would be refused as a whole.
        long now = around.nanos();
        List<MessageQueue.Change> changes = batch.stream()
                .map(back -> new MessageQueue.Change(back.lease, back.lease.granted(back.delay, now)))
                .toList();
        Ended[] ended = change(changes);
        for (int i = 0; i < ended.length; i++) {
            GivenBack back = batch.get(i);
            if (ended[i] == Ended.FAILED && !back.secondTry) {
                givenBack.add(new GivenBack(back.lease, back.delay, back.code, true));
            } else {
                end(back, changes.get(i).visibility(), ended[i] == Ended.WELL);
            }
        }
    }

    /** What was lost was told of before. */
    private boolean isLost(GivenBack back) {
        if (back.lease.isLost()) {
            leases.end(back.lease);
            return true;
        }
        return false;
    }

    /** Where the queue could not be told, the message comes back when its visibility ends. */
    private void end(GivenBack back, Duration delay, boolean changed) {
        Lease lease = back.lease;
        try {
            events.tell(
                    changed
                            ? new QueueEvent.Returned(queue.name(), lease.id(), lease.receiveCount(), delay, back.code)
                            : new QueueEvent.LeaseLost(queue.name(), lease.id()));
        } finally {
            leases.end(lease);
        }
    }

    private void extendWhatIsDue() {
        List<MessageQueue.Change> due = new ArrayList<>();
        long now = around.nanos();
        for (Lease lease : leases.owned()) {
            if (lease.runsOut(now)) {
                lose(lease);
                continue;
            }
            Duration extension = lease.extension(now);
            if (!extension.isZero()) {
                due.add(new MessageQueue.Change(lease, extension));
            }
        }
        for (int from = 0; from < due.size(); from += BATCH) {
            extend(due.subList(from, Math.min(due.size(), from + BATCH)));
        }
    }

    private void extend(List<MessageQueue.Change> batch) {
        long asked = around.nanos();
        Ended[] ended = change(batch);
        for (int i = 0; i < ended.length; i++) {
            Lease lease = batch.get(i).lease();
            if (ended[i] != Ended.WELL) {
                lease.extensionFailed(around.nanos(), ended[i] == Ended.FAILED_FOR_GOOD);
            } else {
                Duration visibility = batch.get(i).visibility();
                lease.extended(asked, visibility);
                events.tell(new QueueEvent.LeaseExtended(queue.name(), lease.id(), visibility));
            }
        }
    }

    /** A send that runs goes on, and its message is deleted if that is still possible. */
    private void lose(Lease lease) {
        events.tell(new QueueEvent.LeaseLost(queue.name(), lease.id()));
        if (!lease.isStarted()) {
            leases.end(lease);
        }
    }

    private Ended[] change(List<MessageQueue.Change> changes) {
        Ended[] ended = new Ended[changes.size()];
        Arrays.fill(ended, Ended.WELL);
        try {
            queue.changeVisibility(changes)
                    .forEach(f -> ended[f.index()] = f.senderFault() ? Ended.FAILED_FOR_GOOD : Ended.FAILED);
        } catch (Throwable e) {
            log.debug("Changing the visibility of {} messages failed", changes.size(), e);
            Arrays.fill(ended, Ended.FAILED);
            events.callFailed(queue.name(), "ChangeMessageVisibility", e);
            defects.accept(e);
        }
        return ended;
    }
}
