package io.mailrouter.sqs;

/** The payload store failed, so that the message is not to be put into the queue. */
final class PayloadNotKept extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PayloadNotKept(RuntimeException cause) {
        super("the payload store threw a " + cause.getClass().getSimpleName(), cause);
    }

    EnqueueResult.NotEnqueued result(String key) {
        return new EnqueueResult.NotEnqueued("payload_not_kept", String.valueOf(getMessage()), false, key);
    }
}
