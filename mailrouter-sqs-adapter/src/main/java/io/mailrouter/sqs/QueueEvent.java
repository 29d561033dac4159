package io.mailrouter.sqs;

import java.time.Duration;

/**
 * Something that happened at a queue. Carries the queue's name, message ids, counts and codes, and never a body or an
 * address.
 *
 * <p>A received message ends in one of {@link Deleted}, {@link Returned}, {@link DeadLettered}, {@link DeleteLost} or,
 * before its send began or when it could not be given back, {@link LeaseLost}.
 *
 * <p>Of a FIFO queue, a message that goes back only because of one before it in its group has the code
 * {@code behind_another}.
 */
public sealed interface QueueEvent {

    /** Returns the queue's name. */
    String queue();

    /** Messages came in. */
    record Received(String queue, int count) implements QueueEvent {}

    /**
     * A message's turn has come: it is read and its email is sent.
     *
     * @param attempt how often it has been received
     */
    record Started(String queue, String messageId, int attempt) implements QueueEvent {}

    /**
     * A provider has taken a message's email, for all its recipients. The message is deleted next.
     *
     * @param attempt how often it has been received
     */
    record Accepted(String queue, String messageId, int attempt) implements QueueEvent {}

    /**
     * A message's email had been taken before, so nothing was sent. The message is deleted next.
     *
     * @param attempt how often it has been received
     */
    record Duplicate(String queue, String messageId, int attempt) implements QueueEvent {}

    /**
     * A message has done its work and is deleted.
     *
     * @param code why: {@code accepted}, {@code duplicate}, or the reason for which it was not kept, such as {@code expired}
     */
    record Deleted(String queue, String messageId, String code) implements QueueEvent {}

    /**
     * A message went back to the queue.
     *
     * @param attempt how often it had been received
     * @param delay when it will be handed out again
     * @param code why; {@code not_dead_lettered} when its dead letter could not be written
     */
    record Returned(String queue, String messageId, int attempt, Duration delay, String code) implements QueueEvent {}

    /**
     * The first message of a FIFO group was not sent: it is kept, with those behind it, and tried again in its place.
     *
     * @param attempt how often it had been received
     * @param delay when it will be tried again
     * @param code why
     */
    record Held(String queue, String messageId, int attempt, Duration delay, String code) implements QueueEvent {}

    /**
     * A message of a FIFO group is not to be tried again, and goes back instead of being dead-lettered, so that nothing of
     * its group is sent before somebody has dealt with it. A {@link Returned} follows.
     *
     * @param attempt how often it had been received
     * @param reason the case, such as {@code malformed}
     * @param code the short word of what happened last
     */
    record Blocked(String queue, String messageId, int attempt, String reason, String code) implements QueueEvent {}

    /**
     * A message was moved to the dead-letter queue.
     *
     * @param attempt how often it had been received
     * @param reason the case, such as {@code malformed}
     * @param code the short word of what happened last
     */
    record DeadLettered(String queue, String messageId, int attempt, String reason, String code)
            implements QueueEvent {}

    /** A message is done with and could not be deleted: it will be handed out again. */
    record DeleteLost(String queue, String messageId) implements QueueEvent {}

    /**
     * A message is kept for longer, because its email is still being sent or waits for its turn.
     *
     * @param visibility for how long from now
     */
    record LeaseExtended(String queue, String messageId, Duration visibility) implements QueueEvent {}

    /** A message could not be kept any longer, or not be given back: it will be handed out again. A send that runs goes on. */
    record LeaseLost(String queue, String messageId) implements QueueEvent {}

    /** No provider is usable: only a message now and then is taken, as a probe. */
    record Paused(String queue) implements QueueEvent {}

    /** A provider is usable again. */
    record Resumed(String queue) implements QueueEvent {}

    /**
     * The queue could not be asked for messages.
     *
     * @param code the queue service's error code or the failure's type
     * @param nextTry after how long it is asked again
     */
    record PollFailed(String queue, String code, Duration nextTry) implements QueueEvent {}

    /**
     * A poll has not ended long after it should have, and another poller has taken its place. When it comes back, what it
     * brings is given back to the queue.
     *
     * @param after how long it was waited for
     */
    record PollOverdue(String queue, Duration after) implements QueueEvent {}

    /** The consumer has stopped: the last event. */
    record Stopped(String queue, StopReport report) implements QueueEvent {}
}
