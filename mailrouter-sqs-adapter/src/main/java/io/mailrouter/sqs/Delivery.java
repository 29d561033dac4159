package io.mailrouter.sqs;

import io.mailrouter.SendResult;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One message's way: read it, send it, decide, act. Whatever happens, the message ends or goes back. */
final class Delivery implements Turn {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);

    private final Lease lease;
    private final Workplace at;
    /** Changed before the message is handed to the next thread, which then sees it. */
    private int retries;

    /** What all deliveries of a consumer share. */
    record Workplace(
            String queueName,
            MessageHandler handler,
            Policy policy,
            Order order,
            DeadLettering deadLetters,
            DeleteBatcher deletes,
            LeaseKeeper keeper,
            Intake intake,
            Events events,
            Tracing tracing,
            Surroundings around) {}

    Delivery(Lease lease, Workplace at) {
        this.lease = lease;
        this.at = at;
    }

    @Override
    public Lease lease() {
        return lease;
    }

    @Override
    public void run() {
        try {
            if (begin()) {
                end(send());
            }
        } catch (Throwable defect) {
            letGo(defect);
        }
    }

    /** A lease that nobody ended would keep its permit for ever. */
    private void letGo(Throwable defect) {
        try {
            at.handler().noteDefect(lease.received(), defect);
        } finally {
            at.deletes().lose(lease);
        }
    }

    /** Returns whether the send may begin now; where it may not, the message goes back. */
    boolean begin() {
        Optional<String> notNow = at.intake().notNow(lease);
        if (notNow.isPresent()) {
            at.order().release(this, notNow.get());
            return false;
        }
        if (!lease.start()) {
            at.intake().ended(lease, Sign.UNCLEAR);
            return false;
        }
        at.events().tell(new QueueEvent.Started(at.queueName(), lease.id(), lease.receiveCount()));
        return true;
    }

    /** Sends what the message holds, and decides; blocks as long as that takes. */
    MessageHandler.Handled send() {
        return at.tracing().within(lease.received(), () -> at.handler().handle(lease.received(), retries));
    }

    /** Does with the message what was decided. */
    void end(MessageHandler.Handled handled) {
        if (handled.serviceClosed()) {
            at.intake().serviceIsClosed();
        }
        // A provider may leave the flag set; the SDK would then refuse the calls that follow.
        boolean interrupted = Thread.interrupted();
        guarded(() -> at.intake().ended(lease, handled.sign()));
        guarded(() -> handled.result().ifPresent(this::tellAccepted));
        if (!guarded(() -> act(handled))) {
            // To give it back now might send it again at once: it is let go, and comes again when its visibility ends.
            at.deletes().lose(lease);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellAccepted(SendResult result) {
        if (result instanceof SendResult.Accepted) {
            at.events()
                    .tell(
                            result.trail().isRepeated()
                                    ? new QueueEvent.Duplicate(at.queueName(), lease.id(), lease.receiveCount())
                                    : new QueueEvent.Accepted(at.queueName(), lease.id(), lease.receiveCount()));
        }
    }

    @Override
    public boolean release(Duration delay, String code) {
        boolean released = lease.release();
        if (released) {
            at.keeper().giveBack(lease, delay, code);
        }
        return released;
    }

    @Override
    public void giveBack(Duration delay, String code) {
        lease.giveBack();
        at.keeper().giveBack(lease, delay, code);
    }

    @Override
    public boolean hold() {
        boolean held = lease.hold();
        if (held) {
            retries++;
        }
        return held;
    }

    /** Returns whether the step came to its end. */
    private boolean guarded(Runnable step) {
        try {
            step.run();
            return true;
        } catch (Throwable defect) {
            at.handler().noteDefect(lease.received(), defect);
            return false;
        }
    }

    private void act(MessageHandler.Handled handled) {
        Disposition disposition = at.order().revise(handled.disposition(), context());
        if (disposition instanceof Disposition.Delete delete) {
            delete(new QueueEvent.Deleted(at.queueName(), lease.id(), delete.code()));
        } else if (disposition instanceof Disposition.DeadLetter why) {
            bury(why, handled);
        } else if (disposition instanceof Disposition.Return back) {
            at.order().notSent(this, back);
        } else if (disposition instanceof Disposition.Block block) {
            block(block);
        }
    }

    private void delete(QueueEvent event) {
        at.deletes().add(lease, event, at.order().isAwaited(this));
    }

    private void block(Disposition.Block block) {
        at.events()
                .tell(new QueueEvent.Blocked(
                        at.queueName(), lease.id(), lease.receiveCount(), block.reason(), block.code()));
        at.order().giveBack(this, block.delay(), block.code());
    }

    private void bury(Disposition.DeadLetter why, MessageHandler.Handled handled) {
        switch (at.deadLetters()
                .take(
                        lease.received(),
                        why,
                        handled,
                        () -> lease.timeLeft(at.around().nanos()))) {
            case DELETE ->
                delete(new QueueEvent.DeadLettered(
                        at.queueName(), lease.id(), lease.receiveCount(), why.reason(), why.code()));
            case DROP -> delete(new QueueEvent.Deleted(at.queueName(), lease.id(), why.reason()));
            case RETURN -> at.order().giveBack(this, notDeadLettered(why), "not_dead_lettered");
        }
    }

    private Duration notDeadLettered(Disposition.DeadLetter why) {
        if (!why.mayHaveBeenSent()) {
            return Dispositions.backoff(context(), at.policy());
        }
        Duration hidden = Dispositions.longest(context());
        log.error(
                "Queue {}: message {} is {} and could not be dead-lettered; it is hidden for {}, and then sent again",
                at.queueName(),
                lease.id(),
                why.reason(),
                hidden);
        return hidden;
    }

    private MessageContext context() {
        return at.handler().context(lease.received(), retries, false);
    }
}
