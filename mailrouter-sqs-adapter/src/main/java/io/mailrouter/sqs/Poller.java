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

    /**
     * What all pollers of a consumer share.
     *
     * @param handOn takes over messages with their permits, in their order, and whether they are probes; throws nothing
     * @param defects hears what must not happen
     */
    record Desk(
            MessageQueue queue,
            int batchSize,
            Gate gate,
            Permits permits,
            Pollers pollers,
            Polls polls,
            Events events,
            Waiting waiting,
            Surroundings around,
            BiConsumer<List<Message>, Boolean> handOn,
            Consumer<Throwable> defects) {}

    Poller(int index, Desk desk) {
        this.index = index;
        this.desk = desk;
        this.backoff = new PollBackoff(desk.around().random());
    }

    @Override
    public void run() {
        while (desk.pollers().wants(index)) {
            // The thread is ours and ends when it is not wanted; a stray interrupt would only make the loop hot.
            Thread.interrupted();
            try {
                poll();
            } catch (RuntimeException | Error defect) {
                log.warn("Polling met a {}; it goes on", defect.getClass().getSimpleName());
                log.debug("Defect", defect);
                desk.defects().accept(defect);
                desk.waiting().await(backoff.next(true));
            }
        }
    }

    private void poll() {
        Gate.Pass pass = desk.gate().enter();
        if (pass == Gate.Pass.CLOSED) {
            return;
        }
        boolean probe = pass == Gate.Pass.PROBE;
        int permits = desk.permits().acquire(probe ? 1 : desk.batchSize());
        // The wait for a permit may have been long, and what was open may be so no more.
        boolean goesOn = permits > 0 && (probe || !desk.gate().isPaused());
        List<Message> messages = List.of();
        try {
            if (goesOn) {
                messages = receive(permits);
            }
        } finally {
            desk.permits().release(permits - messages.size());
            if (probe && messages.isEmpty()) {
                desk.gate().probeEnded(false);
            }
        }
        desk.handOn().accept(messages, probe);
        // Last, for a thread that cannot be started must not keep what was received from being handed on.
        if (messages.size() == desk.batchSize()) {
            desk.pollers().grow();
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
        Duration pause = backoff.next(forGood);
        desk.polls().failed();
        log.debug("Polling failed", e);
        if (!forGood || !toldForGood) {
            desk.events().tell(new QueueEvent.PollFailed(desk.queue().name(), QueueErrors.code(e), pause));
        }
        toldForGood = forGood;
        desk.waiting().await(pause);
    }
}
