package io.mailrouter.event;

import java.util.function.Supplier;

/**
 * Follows sends and attempts as spans of a trace, while they happen.
 *
 * <p>Unlike a listener it is called on the thread that makes the send or the call of the provider, so that a span can be
 * current there and what the provider's own client does becomes a part of it. So it must be quick and safe to share. What
 * it throws is told in the log once in a while and changes nothing; what it blocks, it blocks.
 *
 * <p>Emails that travel in one request have no span of a send each; the request has one of an attempt.
 */
public interface SendTracer {

    /** Begins the span of a send, on the thread that makes it. It becomes current there at once. */
    Span<EmailEvent.SendEnded> send();

    /**
     * Begins the span of an attempt, on the thread that makes the send and while the span of that is current.
     *
     * @param provider who is tried
     * @param number 1 for the first attempt of a send
     */
    Span<EmailEvent.AttemptEnded> attempt(String provider, int number);

    /**
     * Returns what is current on the calling thread, to be entered on another one: the send goes on there. By default
     * nothing is taken along.
     */
    default Supplier<Scope> here() {
        return () -> Scope.NONE;
    }

    /**
     * A send or an attempt that has begun. Exactly one of {@link #end} and {@link #abandon} is called, once.
     *
     * @param <E> the event that tells how it ended
     */
    interface Span<E extends EmailEvent> {

        /**
         * Makes this span current on the calling thread until the scope is closed. The span of an attempt is entered on
         * the thread that calls the provider, which may be another one; a call that outlasts its attempt closes it after
         * the span has ended.
         */
        Scope enter();

        /** Ends the span, on the thread that began it. */
        void end(E event);

        /** Ends the span where no event tells how: a defect ended the send, or no thread was free for the attempt. */
        void abandon();
    }

    /** A time during which a span is current on a thread. */
    interface Scope extends AutoCloseable {

        /** Nothing is current. */
        Scope NONE = () -> {};

        /** Makes current again what was before, on the thread that entered. */
        @Override
        void close();
    }
}
