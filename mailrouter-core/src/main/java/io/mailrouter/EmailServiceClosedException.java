package io.mailrouter;

/** Thrown by the send methods of an {@link EmailService} after its close; nothing was sent. */
public final class EmailServiceClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    EmailServiceClosedException() {
        super("EmailService is closed");
    }
}
