package io.mailrouter.sqs;

/** What becomes of a FIFO group whose first message is not to be tried again. */
public enum FifoRejected {
    /** The message is handled as on any queue, such as dead-lettered, and the next of its group is sent. */
    CONTINUE,
    /**
     * A message that would be dead-lettered as malformed, rejected or out of attempts goes back to the queue instead, again
     * and again, and nothing of its group is sent before somebody has dealt with it; the queue's own redrive policy may.
     * What may have been sent is dead-lettered even so, because it would be sent again.
     */
    BLOCK
}
