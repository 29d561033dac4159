package io.mailrouter.sqs;

/**
 * Makes the send of a message a part of the trace that the message came with.
 *
 * <p>Called on the thread that sends, so it must be quick and safe to share. What it throws is logged once in a while and
 * changes nothing for the message.
 */
@FunctionalInterface
public interface MessageTracer {

    /** Begins a message's part of its trace and makes it current on this thread, until the scope is closed here. */
    Scope enter(MessageTrace trace);

    /** A time during which a message is sent. */
    interface Scope extends AutoCloseable {

        /** Ends the message's part, and makes current again what was before. */
        @Override
        void close();
    }
}
