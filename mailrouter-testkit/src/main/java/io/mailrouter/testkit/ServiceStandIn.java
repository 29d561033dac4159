package io.mailrouter.testkit;

import java.net.URI;
import java.util.List;

/**
 * A service that takes emails on this machine and fails on command, in place of the real one.
 *
 * <p>{@link LoopbackSes} and {@link LoopbackSendGrid} are such, and {@link LoopbackHttp} for any other API over HTTP.
 * Implementations are safe to share between threads.
 */
public interface ServiceStandIn extends AutoCloseable {

    /** Returns where it listens; the same for its whole life. */
    URI url();

    /**
     * Behaves so from now on.
     *
     * @return false where the service that it stands in for knows nothing of the kind; it then behaves as before
     */
    boolean behave(Fault fault);

    /**
     * Returns how many requests to send an email have begun to arrive, whole or not: no more of them than that could
     * have been taken.
     */
    int attempts();

    /** Returns how many connections came to the place that {@link Fault#REDIRECTS} names. */
    int redirected();

    /** Returns what it took so far, in the order of arrival; a copy. */
    List<AcceptedEmail> accepted();

    /** Returns how many connections are open now. */
    int openConnections();

    /** Ends every thread and socket, even one that hangs. What it took can still be read. */
    @Override
    void close();
}
