package io.mailrouter.sqs;

/**
 * Hears what happens at a queue, to count it.
 *
 * <p>Called on the consumer's own threads, several at a time, so it must be quick and safe to share. What it throws is
 * logged and changes nothing.
 */
@FunctionalInterface
public interface QueueListener {

    /** Hears one event. */
    void on(QueueEvent event);
}
