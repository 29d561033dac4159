package io.mailrouter.health;

import java.time.Duration;

/**
 * Shares with the other nodes of a fleet what each learns about the providers.
 *
 * <p>Safe to share between threads. No method but {@link #close()} blocks, does I/O or throws: a fleet adds knowledge,
 * and when its store is down, slow or wiped a node goes on with what it knows itself.
 */
public interface Fleet extends AutoCloseable {

    /** Names a provider that this node wants to hear of, whether it has used it or not. */
    void register(String provider);

    /**
     * Notes the end of one attempt, to be shared soon.
     *
     * @param provider the provider's name
     * @param signal what the attempt says about the provider
     * @param elapsed how long it took
     * @param recipients how many recipients were accepted, 0 if none: what quotas count. Always 0 for a fleet that divides
     *     limits as well, which is told apart what it did not grant
     */
    void record(String provider, Signal signal, Duration elapsed, int recipients);

    /**
     * Tells every node what an operator has ordered about a provider. The last order of a topic counts; this one is kept
     * and repeated while the store is away. A fleet that cannot pass orders on leaves it at that, as this method does
     * unless it is overridden: the order then counts on the node that it was given to.
     *
     * @param provider the provider's name
     * @param order what was ordered; the snapshot shows it as soon as this method has returned, until a later one
     *     replaces it
     */
    default void order(String provider, Order order) {}

    /**
     * Tells the fleet what has happened to this node's breaker, so that all nodes leave a provider alone together, one of
     * them tries it again, and all come back. It is told as soon as possible, again until it is known to be read or is out
     * of date; the snapshot shows what comes of it. A fleet that cannot pass it on leaves it at that, as this method does
     * unless it is overridden: the node's own breaker is then all that there is.
     *
     * @param provider the provider's name
     */
    default void circuit(String provider, CircuitNews news) {}

    /**
     * Tells every node that a provider is to be passed over for a time. Of several holds the one that ends last counts. A
     * fleet that cannot pass it on leaves it at that, as this method does unless it is overridden.
     *
     * @param provider the provider's name
     */
    default void hold(String provider, FleetHold hold) {}

    /** Returns what the fleet knew at the last exchange, and the orders that this node has been given since. */
    FleetSnapshot snapshot();

    /** Shares what is left, within a bounded time, and frees what the fleet opened. May be called more than once. */
    @Override
    void close();
}
