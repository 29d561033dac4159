package io.mailrouter.sqs;

/** What becomes of a message that is not to be tried again. */
public enum Handling {
    /** It moves to the dead-letter queue, with the reason beside it. */
    DEAD_LETTER,
    /** It is deleted; the {@link QueueEvent.Deleted} event is all that is left of it. */
    DELETE
}
