package io.mailrouter.benchmarks.queue;

/** One way to drain a queue. Used by one thread, many queues one after the other. */
interface Contender extends AutoCloseable {

    /**
     * Empties the queue and returns once so many messages have been deleted.
     *
     * <p>What need not be over for that, such as a poll under way, is left to {@link #rest()}, which is not timed.
     */
    void drain(String queueUrl, int messages) throws InterruptedException;

    /** Ends what the last drain has left running. */
    void rest();

    @Override
    default void close() {}
}
