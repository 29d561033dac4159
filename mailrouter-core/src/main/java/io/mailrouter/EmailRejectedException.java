package io.mailrouter;

/** The email is at fault, or too late, and was not sent; sending it again as it is would end the same way. */
public final class EmailRejectedException extends EmailException {

    private static final long serialVersionUID = 1L;

    EmailRejectedException(String message, SendResult result) {
        super(message, result);
    }
}
