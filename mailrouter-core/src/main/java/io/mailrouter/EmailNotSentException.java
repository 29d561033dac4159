package io.mailrouter;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** It is certain that nothing was sent; send the email again later. */
public final class EmailNotSentException extends EmailException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Instant retryAt;

    EmailNotSentException(SendResult.NotSent result) {
        super("email was not sent: " + result.code(), result);
        retryAt = result.retryAt().orElse(null);
    }

    /** Returns before when a new try is of no use, if that is known. */
    public Optional<Instant> retryAt() {
        return Optional.ofNullable(retryAt);
    }
}
