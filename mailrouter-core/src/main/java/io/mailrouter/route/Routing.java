package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * Ranks the providers that may send an email, the best first.
 *
 * <p>Safe to share between threads. Runs on the sending thread before each send, so it is fast and does no I/O. One
 * function is a strategy: {@code (email, eligible) -> ...}; a strategy with a memory, such as whose turn it is, belongs
 * to one service.
 */
@FunctionalInterface
public interface Routing {

    /**
     * Returns the candidates in the order in which they are to be tried. Whoever is left out is not tried.
     *
     * @param email what is sent
     * @param eligible who may send it now, in the order in which they were registered; unmodifiable
     */
    List<Candidate> rank(Email email, List<Candidate> eligible);

    /** Returns what {@link #rank} would, without any effect: whose turn it is stays so. By default asks {@code rank}. */
    default List<Candidate> preview(Email email, List<Candidate> eligible) {
        return rank(email, eligible);
    }

    /**
     * Returns the number by which a candidate is compared with the others, the smaller the better, for an operator to
     * see; empty, as by default, where no number decides. Without any effect.
     *
     * @param candidate one of those who are eligible
     */
    default OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        return OptionalDouble.empty();
    }

    /**
     * Says whether this strategy looks at {@link Candidate#slowStart()} by itself. If not, which is the default, the
     * service lets a provider that has just come back stand behind the others by chance, ever more seldom.
     */
    default boolean ramps() {
        return false;
    }

    /**
     * Returns the share of emails, 0 to 1, with which the service tries out who is not the best, so that it learns of one
     * that has become better. Only emails that may be sent again by another provider after an unknown end take part
     * ({@link io.mailrouter.email.Ambiguity#RESEND_OTHER}, their own or the service's): nobody else pays for the lesson. 0 by default.
     */
    default double exploration() {
        return 0;
    }

    /** Returns the strategy that prefers whoever is quick and does not fail; see {@link LatencySettings}. The default. */
    static Routing latencyAware() {
        return latencyAware(settings -> {});
    }

    /**
     * Returns the strategy that prefers whoever is quick and does not fail.
     *
     * @param change changes what it heeds besides
     */
    static Routing latencyAware(Consumer<LatencySettings> change) {
        LatencySettings settings = new LatencySettings();
        change.accept(settings);
        return new LatencyAware(settings);
    }

    /** Returns the strategy that tries providers in the order in which they were registered. */
    static Routing inOrder() {
        return (email, eligible) -> eligible;
    }
}
