package io.mailrouter;

/**
 * An email was not accepted. Thrown by {@link EmailService#send} so that it cannot be overlooked.
 *
 * <p>The message lists every attempt and every provider that was passed over; it holds nothing personal.
 */
public class EmailException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient SendResult result;

    EmailException(String message, SendResult result) {
        super(
                result.trail().summary().isEmpty()
                        ? message
                        : message + ": " + result.trail().summary());
        this.result = result;
    }

    /** Returns what the send came to. Not kept when the exception is serialized. */
    public SendResult result() {
        return result;
    }
}
