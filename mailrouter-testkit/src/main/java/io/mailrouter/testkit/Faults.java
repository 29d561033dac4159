package io.mailrouter.testkit;

import java.time.Duration;

/**
 * What happens to the connections through a {@link FaultProxy}: to all of them, those to come too, or to one.
 *
 * <p>Safe to share between threads. Each call holds for whatever is read after it has returned, until {@link #heal()}
 * or the next call of its kind; what is under way already is not called back. Nothing happens any more to a connection
 * that has ended.
 */
public sealed interface Faults permits FaultProxy, ProxiedConnection {

    /** Which of a connection's two streams is meant. */
    enum Direction {
        /** What the client sends. */
        REQUESTS,
        /** What the server sends. */
        ANSWERS
    }

    /**
     * Lets everything arrive later by so much. The order stays, and more may be under way at a time, as on a long line.
     *
     * @param delay 0 for none, 1 h at most
     * @throws IllegalArgumentException when it is out of its range
     */
    void delay(Direction direction, Duration delay);

    /**
     * Lets no more than so much arrive in a second; who sends more is slowed down.
     *
     * @param bytesPerSecond 0 for as much as there is
     * @throws IllegalArgumentException when it is negative
     */
    void bandwidth(Direction direction, int bytesPerSecond);

    /**
     * Reads everything and passes nothing on, not even the end of a connection: half-open. What was swallowed is never
     * heard of again.
     */
    void swallow(Direction direction);

    /** Swallows in both directions. */
    default void swallow() {
        swallow(Direction.REQUESTS);
        swallow(Direction.ANSWERS);
    }

    /**
     * Passes so many bytes on, counted from now or from the connection's beginning if that is later, and resets the
     * connection (RST to both sides) instead of the next one.
     *
     * @throws IllegalArgumentException when it is negative
     */
    void resetAfter(Direction direction, long bytes);

    /**
     * Loses a share of the answers, each with its connection: the server has done it, but nobody hears of that. An
     * answer is what the server sends first after the client has sent something; the proxy's seed, the connection's
     * number and the answer's number in it decide which ones are lost.
     *
     * @param share 0 for none to 1 for all
     * @throws IllegalArgumentException when it is out of its range
     */
    void lose(double share);

    /** Neither reads nor writes, as if the server's process were stopped: nothing ends, and nothing is lost. */
    void freeze();

    /** Goes on after {@link #freeze()}. */
    void thaw();

    /** Resets what stands (RST to both sides). */
    void cut();

    /** Passes everything on from now on. */
    void heal();
}
