package io.mailrouter.sqs;

import io.mailrouter.SendResult;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes messages out of the queue that are not to be tried again: first the copy, then the delete. */
final class DeadLetters {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);
    private static final int TRIES = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    private final @Nullable DeadLetterQueue target;
    private final NoDeadLetterQueue ifMissing;
    private final String sourceArn;
    private final Waiting waiting;

    DeadLetters(@Nullable DeadLetterQueue target, NoDeadLetterQueue ifMissing, String sourceArn, Waiting waiting) {
        this.target = target;
        this.ifMissing = ifMissing;
        this.sourceArn = sourceArn;
        this.waiting = waiting;
    }

    /** What is to be done with the message itself now. */
    enum Next {
        /** The copy is safe: delete the message. */
        DELETE,
        /** There is no dead-letter queue: delete the message, as configured. */
        DROP,
        /** The copy could not be made: give the message back. */
        RETURN
    }

    /** Makes the copy, in a few tries. Blocks. */
    Next take(Lease lease, Disposition.DeadLetter why, Optional<SendResult> result, String key) {
        if (target == null) {
            return ifMissing == NoDeadLetterQueue.DELETE_AND_EVENT ? Next.DROP : Next.RETURN;
        }
        String note = DeadLetterNote.of(lease, why, result, key, sourceArn);
        for (int tried = 1; true; tried++) {
            try {
                target.send(lease.message(), note);
                return Next.DELETE;
            } catch (RuntimeException e) {
                log.debug("Dead-lettering message {} failed", lease.id(), e);
                if (tried == TRIES) {
                    return Next.RETURN;
                }
                waiting.await(FIRST_PAUSE.multipliedBy(tried));
            }
        }
    }
}
