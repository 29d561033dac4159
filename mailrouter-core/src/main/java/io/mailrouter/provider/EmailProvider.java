package io.mailrouter.provider;

import io.mailrouter.email.Email;
import java.util.Optional;

/**
 * Sends emails through one service, such as Amazon SES.
 *
 * <p>A provider is safe to share between threads. It makes one attempt per call, blocks until the service has
 * answered, and neither retries nor waits: the router decides about both.
 */
public interface EmailProvider extends AutoCloseable {

    /**
     * Returns the name by which operators, metrics and messages call this provider.
     *
     * <p>Lower-case letters, digits and hyphens, beginning with a letter or digit, at most 63 characters, such as
     * {@code ses-eu-west-1}; always the same. Names are unique within a service.
     */
    String name();

    /** Returns what this provider can carry. Asked before every attempt, so it answers from memory. */
    Capabilities capabilities();

    /**
     * Makes one attempt to send an email: at most one request that the service could accept.
     *
     * <p>Whatever the service answers is an {@link Outcome}; an exception means a defect, and the router takes it as
     * {@link Outcome.Unknown}. Return {@link Outcome.Unavailable} only where it is certain that nothing was sent: a
     * refused connection is unavailable, a timeout after the request began to be written is {@link Outcome.Unknown}.
     *
     * <p>An interrupt ends the attempt; the thread's interrupt flag stays set.
     *
     * @param email what to send, whole; the router has checked it against {@link #capabilities()}
     * @param context the number of the attempt, its reference and the time that is left
     */
    Outcome send(Email email, Attempt.Context context);

    /**
     * Returns how to ask the service whether it works, nothing where there is no way that sends nothing. Asked once, when
     * a service is built. Nothing by default.
     */
    default Optional<Probe> probe() {
        return Optional.empty();
    }

    /** Frees what the provider opened itself, and nothing that it was given. May be called more than once. */
    @Override
    default void close() {}
}
