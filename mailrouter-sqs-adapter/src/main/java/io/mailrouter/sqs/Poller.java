package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.model.Message;

/** Asks the queue for as many messages as may be held, hands them on at once, and asks again. */
final class Poller implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    private final int index;
    private final Desk desk;
    private final PollBackoff backoff;
    private boolean toldForGood;
    private boolean replaced;
    private Duration pause = Duration.ZERO;

    /**
     * What all pollers of a consumer share.
     *
     * @param handOn takes over messages with their permits, in their order, and whether they are probes; throws nothing
     * @param giveBack takes over a message with its permit, to be given back at once; throws nothing
     * @param defects hears what must not happen
     */
    record Desk(
            MessageQueue queue,
            int batchSize,
            Gate gate,
            Permits permits,
            Pollers pollers,
            Polls polls,
            PollWatch watch,
            Events events,
            Waiting waiting,
            Surroundings around,
            BiConsumer<List<Message>, Boolean> handOn,
            Consumer<Message> giveBack,
            Consumer<Throwable> defects) {}

    Poller(int index, Desk desk) {
        this.index = index;
        this.desk = desk;
        this.backoff = new PollBackoff(desk.around().random());
    }

    @Override
    public void run() {
        while (isWanted()) {
            // The thread is ours and ends when it is not wanted; a stray interrupt would only make the loop hot.
            Thread.interrupted();
            Duration wait = turn();
            if (!replaced && !wait.isZero()) {
                desk.waiting().await(wait);
            }
        }
    }

    /** Says whether it may go on; where it may not, another may take its place. */
    boolean isWanted() {
        return !replaced && desk.pollers().wants(index);
    }

    Desk desk() {
        return desk;
    }

    private Duration turn() {
        try {
            Gate.Pass pass = desk.gate().enter();
            return pass == Gate.Pass.CLOSED ? Duration.ZERO : poll(pass, acquire(pass));
        } catch (RuntimeException | Error defect) {
            log.warn("Polling met a {}; it goes on", defect.getClass().getSimpleName());
            log.debug("Defect", defect);
            desk.defects().accept(defect);
            return backoff.next(true);
        }
    }

    private int acquire(Gate.Pass pass) {
        try {
            return desk.permits().acquire(most(pass));
        } catch (RuntimeException | Error defect) {
            if (pass == Gate.Pass.PROBE) {
                desk.gate().probeEnded(false);
            }
            throw defect;
        }
    }

    /** Returns how many permits a poll may take. */
    int most(Gate.Pass pass) {
        return pass == Gate.Pass.PROBE ? 1 : desk.batchSize();
    }

    /** Polls once with these permits, which it gives back or hands on. Returns how long to wait before the next poll. */
    Duration poll(Gate.Pass pass, int permits) {
        boolean probe = pass == Gate.Pass.PROBE;
        // The wait for a permit may have been long, and what was open may be so no more.
        boolean goesOn = permits > 0 && (probe || !desk.gate().isPaused());
        List<Message> messages = List.of();
        pause = Duration.ZERO;
        PollWatch.Poll poll = desk.watch().begin(index, permits, probe);
        try {
            if (goesOn) {
                messages = receive(permits);
            }
        } finally {
            replaced = !desk.watch().end(poll);
            if (!replaced) {
                desk.permits().release(permits - messages.size());
                if (probe && messages.isEmpty()) {
                    desk.gate().probeEnded(false);
                }
            }
        }
        if (replaced) {
            cameBack(poll, messages);
            return pause;
        }
        desk.handOn().accept(messages, probe);
        // Last, for a thread that cannot be started must not keep what was received from being handed on.
        if (messages.size() == desk.batchSize()) {
            desk.pollers().grow();
        }
        return pause;
    }

    /** It was given up with its permits; what it brings is not lost, but may be somebody else's by now. */
    private void cameBack(PollWatch.Poll poll, List<Message> messages) {
        boolean ours = desk.watch().isOurs(poll);
        for (Message message : messages) {
            if (ours) {
                desk.permits().take();
                desk.giveBack().accept(message);
            } else {
                desk.events().tell(new QueueEvent.LeaseLost(desk.queue().name(), message.messageId()));
            }
        }
    }

    private List<Message> receive(int permits) {
        long begin = desk.around().nanos();
        List<Message> messages;
        try {
            messages = desk.queue().receive(permits);
        } catch (RuntimeException e) {
            failed(e);
            return List.of();
        }
        backoff.succeeded();
        toldForGood = false;
        desk.polls().ended(begin, messages);
        if (messages.isEmpty()) {
            desk.pollers().shrink();
            return messages;
        }
        desk.events().tell(new QueueEvent.Received(desk.queue().name(), messages.size()));
        return messages;
    }

    /** What somebody must mend is told once; the rest each time, which the waiting bounds. */
    private void failed(RuntimeException e) {
        boolean forGood = QueueErrors.isForGood(e);
        pause = backoff.next(forGood);
        desk.polls().failed();
        log.debug("Polling failed", e);
        if (!forGood || !toldForGood) {
            desk.events().tell(new QueueEvent.PollFailed(desk.queue().name(), QueueErrors.code(e), pause));
        }
        toldForGood = forGood;
    }
}
