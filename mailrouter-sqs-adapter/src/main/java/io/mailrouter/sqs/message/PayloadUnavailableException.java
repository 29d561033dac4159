package io.mailrouter.sqs.message;

/**
 * A message's payload cannot be fetched now, which is no fault of the message: it is to be read again later.
 *
 * <p>Its text names neither the reference nor what the store said; the cause may.
 */
public final class PayloadUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    PayloadUnavailableException(RuntimeException cause) {
        super(
                "the payload cannot be fetched: the store threw a "
                        + cause.getClass().getSimpleName(),
                cause);
    }
}
