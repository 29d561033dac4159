package io.mailrouter.sqs;

import java.time.Duration;

/** One message's turn to be sent, which it takes on a sender's thread, or gives up. */
interface Turn extends Runnable {

    Lease lease();

    /** Keeps the message, which was not sent, so that it can be run once more. Returns whether it is still ours. */
    boolean hold();

    /** Gives the message back to the queue, if its send has not begun. Returns whether it had not. */
    boolean release(Duration delay, String code);

    /** Gives the message back to the queue, whose send has ended. */
    void giveBack(Duration delay, String code);
}
