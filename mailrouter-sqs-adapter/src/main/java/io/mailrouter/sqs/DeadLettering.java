package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes messages out of the queue that are not to be tried again: first the copy, then the delete. */
final class DeadLettering {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);
    private static final int TRIES = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final @Nullable DeadLetterQueue target;
    private final NoDeadLetterQueue ifMissing;
    private final String sourceArn;
    private final Waiting waiting;
    private final BooleanSupplier stopping;
    private final Consumer<Throwable> defects;

    DeadLettering(
            @Nullable DeadLetterQueue target,
            NoDeadLetterQueue ifMissing,
            String sourceArn,
            Waiting waiting,
            BooleanSupplier stopping,
            Consumer<Throwable> defects) {
        this.target = target;
        this.ifMissing = ifMissing;
        this.sourceArn = sourceArn;
        this.waiting = waiting;
        this.stopping = stopping;
        this.defects = defects;
    }

    /** What is to be done with the message itself now. */
    enum Next {
        /** The copy is safe: delete the message. */
        DELETE,
        /** There is no dead-letter queue: delete the message, as configured. */
        DROP,
        /** The copy could not be made: give the message back, for long if it may have been sent. */
        RETURN
    }

    /**
     * Makes the copy. Blocks, throws nothing.
     *
     * <p>A few tries are enough for a message that does no harm when it comes again. One that may have been sent is kept
     * and tried again, with growing pauses, until its lease ends or the consumer stops.
     *
     * @param timeLeft for how long the message is still ours
     */
    Next take(
            ReceivedMessage message,
            Disposition.DeadLetter why,
            MessageHandler.Handled handled,
            Supplier<Duration> timeLeft) {
        if (target == null) {
            return ifMissing == NoDeadLetterQueue.DELETE_AND_EVENT ? Next.DROP : Next.RETURN;
        }
        Duration pause = FIRST_PAUSE;
        for (int tried = 1; true; tried++) {
            try {
                String note = DeadLetterNote.of(message, why, handled.result(), handled.key(), sourceArn);
                target.send(message.message(), List.of(note, DeadLetterNote.minimal(message, why)));
                return Next.DELETE;
            } catch (Throwable e) {
                log.debug("Dead-lettering message {} failed", message.id(), e);
                defects.accept(e);
            }
            if (tried >= TRIES && !(why.mayHaveBeenSent() && hasTime(timeLeft.get(), pause))) {
                return Next.RETURN;
            }
            waiting.await(pause);
            Duration doubled = pause.multipliedBy(2);
            pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
        }
    }

    private boolean hasTime(Duration left, Duration pause) {
        return !stopping.getAsBoolean() && !Thread.currentThread().isInterrupted() && left.compareTo(pause) > 0;
    }
}
