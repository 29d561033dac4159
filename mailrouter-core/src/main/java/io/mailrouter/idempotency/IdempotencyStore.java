package io.mailrouter.idempotency;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Remembers, for each key, whether its email was sent, so that nobody sends it twice.
 *
 * <p>Safe to share between threads, and between processes where the store is one that they share. Every call blocks, at
 * most about as long as it is told, and takes effect at once and as a whole. An exception means that the store is not
 * available; the call may then still take effect later, and every call may safely run twice or late. The store decides by
 * its own clock.
 *
 * <p>The life of a key:
 *
 * <pre>
 *   absent, NOT_SENT      begin -> IN_FLIGHT (granted)
 *   REFUSED               begin -> the record; IN_FLIGHT (granted) for another email, which is one that was mended
 *   IN_FLIGHT, in lease   begin -> busy
 *   IN_FLIGHT, past it    is AMBIGUOUS, never new: its owner may have sent before it died
 *   SENT, AMBIGUOUS       begin -> the record
 *   IN_FLIGHT, SENT, AMBIGUOUS, another email     begin -> conflict
 *   AMBIGUOUS             retake -> IN_FLIGHT (granted)
 *   IN_FLIGHT, AMBIGUOUS, NOT_SENT     settle by its owner -> as settled
 *   NOT_SENT              settle as AMBIGUOUS, which comes late -> unchanged
 *   SENT, REFUSED         settle -> unchanged, for good
 * </pre>
 *
 * <p>A record counts how often its key was granted: one more each time that it is granted to another ticket after it was
 * not sent or was unclear, and from 1 again for another email.
 *
 * <p>What is settled is forgotten after a time that the store sets; it should be as long as the email may come again. What
 * is in flight is kept until its lease has ended, and then as long as any other unclear end: to forget it earlier would
 * make it new. A record that a store finds but cannot read is told as AMBIGUOUS too, and never granted.
 */
public interface IdempotencyStore extends AutoCloseable {

    /**
     * Asks for a key.
     *
     * <p>Asking again with the same ticket is granted again while it holds, for the first answer may have been lost. A
     * ticket that was settled as not sent is answered with that and never granted again.
     *
     * @param within how long the call may take
     */
    Claim begin(Ticket ticket, Duration within);

    /**
     * Takes over a key whose outcome is unknown, in the knowledge that its email may be sent twice.
     *
     * <p>Only one of those who saw the same record is granted: it must still be ambiguous, and of the same owner. Else
     * this answers as {@link #begin} does. The age of the record stays that of its first grant.
     *
     * @param owner whose record it is, as {@link Claim.Settled#owner()} told
     * @param within how long the call may take
     */
    Claim retake(Ticket ticket, String owner, Duration within);

    /**
     * Lets the lease of a claim begin anew.
     *
     * @param within how long the call may take
     * @return whether the ticket still held the key; if not, nothing was changed
     */
    boolean renew(Ticket ticket, Duration within);

    /**
     * Writes down how a send ended.
     *
     * <p>The owner may do so after its lease has ended, too, and may replace an unclear end by a clear one, as long as
     * nobody has taken the key over. A key of which the store knows nothing, because it was wiped or the claim never
     * reached it, gets the record all the same.
     *
     * @param within how long the call may take
     * @return whether the record is the ticket's; if not, nothing was changed
     */
    boolean settle(Ticket ticket, Settlement settlement, Duration within);

    /**
     * Writes down how a send ended, as {@link #settle} does, for a caller who does not wait for it. It may end before or
     * after the call returns; a failed end means what an exception of {@code settle} means. A store that cannot write
     * without blocking leaves it as it is: it blocks as {@code settle} does.
     *
     * @param within how long it may take
     * @return whether the record is the ticket's
     */
    default CompletionStage<Boolean> settleAsync(Ticket ticket, Settlement settlement, Duration within) {
        return CompletableFuture.completedFuture(settle(ticket, settlement, within));
    }

    /**
     * Says whether every call surely returns within the time it is given, so that it may run on the sending thread. Any
     * other store is called on a thread of its own, at some cost. False by default.
     */
    default boolean honoursBudget() {
        return false;
    }

    /**
     * Returns what ends, in whatever way, when the store knows whether it can be reached. One that connects beside the
     * application says so here, lest a node that has just begun sends what others have sent: the first emails with a key
     * wait for it, 2 s from when the service was built at most. Has ended by default.
     */
    default CompletionStage<Void> begun() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Says whether to ask makes sense now. A store that knows itself to be away is not asked: that costs a send nothing,
     * and leaves nothing behind that may take effect later. Answers from memory. True by default.
     */
    default boolean isReachable() {
        return true;
    }

    /** Frees what the store opened. May be called more than once. */
    @Override
    void close();
}
