package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;

/**
 * Ranks the providers that may send an email, the best first.
 *
 * <p>Safe to share between threads. Runs on the sending thread before each send, so it is fast, has no side effects
 * and does no I/O.
 */
@FunctionalInterface
public interface Routing {

    /**
     * Returns the candidates in the order in which they are to be tried. Whoever is left out is not tried.
     *
     * @param email what is sent
     * @param eligible who may send it, in the order in which they were registered; unmodifiable
     */
    List<Candidate> rank(Email email, List<Candidate> eligible);

    /** Returns the strategy that tries providers in the order in which they were registered. */
    static Routing inOrder() {
        return (email, eligible) -> eligible;
    }
}
