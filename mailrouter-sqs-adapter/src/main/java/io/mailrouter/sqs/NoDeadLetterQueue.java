package io.mailrouter.sqs;

/** What to do when a queue has no dead-letter queue, neither by its redrive policy nor by configuration. */
public enum NoDeadLetterQueue {
    /** Refuse to start. */
    FAIL,
    /** Delete what would be dead-lettered; the {@link QueueEvent.Deleted} event tells of it. */
    DELETE_AND_EVENT,
    /**
     * Leave what would be dead-lettered in the queue, put off as long as a retry may be. It is then tried again, so this
     * is refused unless unknown and rejected emails are to be deleted: they may have been sent, if only to some.
     */
    KEEP
}
