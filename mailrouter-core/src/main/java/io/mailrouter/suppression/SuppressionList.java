package io.mailrouter.suppression;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Knows which addresses get no email, and why.
 *
 * <p>Safe to share between threads. Calls block; a look-up at most about as long as it is told, the others within a finite
 * time that the list sets itself. An exception means that the list is not available.
 */
public interface SuppressionList extends AutoCloseable {

    /**
     * Returns those of an email's recipients that are suppressed now, with the reason; what has ended is not among them.
     *
     * @param addresses all recipients of one email, at most 1,000
     * @param within how long the call may take
     */
    Map<CanonicalAddress, Suppression> lookUp(Set<CanonicalAddress> addresses, Duration within);

    /** Puts an address on the list. One that is on it already keeps the suppression that lasts longer. */
    void add(CanonicalAddress address, Suppression suppression);

    /**
     * Puts many addresses on the list, such as one that is brought along from another service. Blocks as long as that
     * takes. Not all or nothing: when it throws, some are on the list, and it may be called again.
     */
    default void addAll(Map<CanonicalAddress, Suppression> suppressions) {
        suppressions.forEach(this::add);
    }

    /**
     * Takes an address off the list.
     *
     * @return whether it was suppressed
     */
    boolean remove(CanonicalAddress address);

    /**
     * Returns what ends, in whatever way, when the list knows whether it can be asked. One that connects beside the
     * application says so here: the first look-ups wait for it, 2 s from when the service was built at most. Has ended by
     * default.
     */
    default CompletionStage<Void> begun() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Says whether every look-up surely returns within the time it is given, so that it may run on the sending thread.
     * Any other list is asked on a thread of its own, at some cost. False by default.
     */
    default boolean honoursBudget() {
        return false;
    }

    /** Frees what the list opened. May be called more than once. */
    @Override
    void close();
}
