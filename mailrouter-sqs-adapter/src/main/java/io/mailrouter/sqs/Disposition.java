package io.mailrouter.sqs;

import java.time.Duration;

/** What becomes of a message. */
sealed interface Disposition {

    /** It has done its work, or is not worth keeping. */
    record Delete(String code) implements Disposition {}

    /**
     * It is not to be tried again, and somebody should look at it.
     *
     * @param reason the case: {@code malformed}, {@code rejected}, {@code partly_accepted}, {@code unknown},
     *     {@code expired} or {@code attempts_used}
     * @param code the short, stable word of what happened last
     * @param detail what happened, for an operator; nothing personal
     */
    record DeadLetter(String reason, String code, String detail) implements Disposition {

        /** Says whether sending it again might deliver it twice to somebody. */
        boolean mayHaveBeenSent() {
            return reason.equals("unknown") || reason.equals("partly_accepted");
        }
    }

    /**
     * It goes back to the queue, to be handed out again.
     *
     * @param delay after how long, in whole seconds
     * @param code the short, stable word of why
     * @param outage whether it looks as if no provider takes anything now; a few in a row pause the intake
     */
    record Return(Duration delay, String code, boolean outage) implements Disposition {}

    /**
     * It is not to be sent, and goes back to the queue all the same, so that nothing of its FIFO group passes it.
     *
     * @param delay after how long, in whole seconds
     * @param reason the case, as of a {@link DeadLetter}
     * @param code the short, stable word of what happened last
     */
    record Block(Duration delay, String reason, String code) implements Disposition {}
}
