package io.mailrouter.sqs;

import java.time.Duration;
import java.util.List;

/**
 * When a message may begin: on a standard queue as soon as a thread is free, on a FIFO queue after those before it in its
 * group. Safe to share between threads; nothing here blocks.
 */
interface Order {

    /** Takes over what one poll brought, in the order in which it came. */
    void accept(List<Turn> batch);

    /** Gives back all messages whose send has not begun, probes apart. */
    void releaseWaiting(String code);

    /** Gives back a message that was about to begin. */
    void release(Turn turn, String code);

    /** Returns what becomes of a message, with an eye to those behind it. */
    Disposition revise(Disposition decided, MessageContext context);

    /** Takes back a message that was not sent this time and may be. */
    void notSent(Turn turn, Disposition.Return back);

    /** Gives back a message that is done with here. */
    void giveBack(Turn turn, Duration delay, String code);

    /** Says whether another message can begin only when this one is deleted. */
    boolean isAwaited(Turn turn);

    /**
     * Notes that a message has ceased to be ours.
     *
     * @param deleted whether the queue has confirmed that it will not come again
     */
    void ended(Lease lease, boolean deleted);
}
