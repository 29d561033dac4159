package io.mailrouter.sqs;

/** An email could not be put into a queue, or the queue has not said that it has it. */
public final class EnqueueException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient EnqueueResult.NotEnqueued result;

    EnqueueException(EnqueueResult.NotEnqueued result, RuntimeException cause) {
        super("the email is not in the queue: " + result.code(), cause);
        this.result = result;
    }

    /** Returns what happened, with the key for another try. */
    public EnqueueResult.NotEnqueued result() {
        return result;
    }
}
