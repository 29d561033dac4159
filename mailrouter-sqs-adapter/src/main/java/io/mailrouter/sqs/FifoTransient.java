package io.mailrouter.sqs;

/** What becomes of a FIFO group whose first message could not be sent for now. */
public enum FifoTransient {
    /**
     * The messages of the group that the consumer has stay with it, and the first is tried again in its place, so that a
     * short failure costs those behind it no receive; after {@code fifoHoldFor} they go back after all.
     */
    HOLD,
    /** They go back to the queue at once, the last first, and come again together after the first one's delay. */
    RELEASE
}
