package io.mailrouter;

/** The email is at fault, too late, or for suppressed recipients only, and was not sent; it would end the same way again. */
public final class EmailRejectedException extends EmailException {

    private static final long serialVersionUID = 1L;

    EmailRejectedException(String message, SendResult result) {
        super(message, result);
    }
}
