package io.mailrouter;

/** A provider may or may not have taken the email; sending it again may deliver it twice. */
public final class EmailOutcomeUnknownException extends EmailException {

    private static final long serialVersionUID = 1L;

    EmailOutcomeUnknownException(SendResult.Unknown result) {
        super("email may or may not have been sent: " + result.code(), result);
    }
}
