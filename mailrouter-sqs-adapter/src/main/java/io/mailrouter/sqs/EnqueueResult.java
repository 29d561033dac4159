package io.mailrouter.sqs;

/**
 * What became of one email that was to be put into a queue.
 *
 * <p>What {@code toString()} returns names neither the key nor anything of the email.
 */
public sealed interface EnqueueResult {

    /**
     * Returns the key under which the email is to be sent once: its own, or the one that it was given. Whoever puts the
     * email into the queue again should do so with this key; empty where an email was refused before it had one.
     */
    String idempotencyKey();

    /**
     * The queue has it.
     *
     * @param messageId the queue's id for it
     */
    record Enqueued(String messageId, String idempotencyKey) implements EnqueueResult {
        @Override
        public String toString() {
            return "Enqueued[" + messageId + "]";
        }
    }

    /**
     * The queue does not have it, or has not said that it has.
     *
     * @param code a short word: the queue service's error code or the failure's type; {@code refused} for what cannot be
     *     put into a queue, {@code not_answered} for what the queue's answer does not name, {@code payload_not_kept} when the payload store failed, {@code not_tried} after a call that
     *     failed as a whole, {@code earlier_of_group_failed} in a FIFO queue
     * @param reason what is wrong, for an operator; nothing personal
     * @param senderFault whether the same would be refused again
     */
    record NotEnqueued(String code, String reason, boolean senderFault, String idempotencyKey)
            implements EnqueueResult {
        @Override
        public String toString() {
            return "NotEnqueued[" + code + "]";
        }
    }
}
