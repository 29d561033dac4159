package io.mailrouter;

import io.mailrouter.email.Email;

/**
 * What a step says to an email that comes its way: the step's first half, so that emails which travel on together can pass
 * it one by one.
 */
sealed interface Passage {

    /** The email goes no further. */
    record Answered(Sent sent) implements Passage {}

    /** The email goes on, perhaps changed; whoever takes it on tells how that ended. */
    record Open(Email email, Ending ending) implements Passage {}

    /** The step's second half. Exactly one of its methods is called, once. */
    interface Ending {

        /** Takes note of what came of the email, and returns what is told further outwards. Throws nothing. */
        Sent end(Sent sent);

        /** Takes note that a defect hides what came of the email. Throws nothing. */
        default void broken() {}
    }

    /** Goes the rest of the way at once. */
    default Sent through(Sender next) {
        if (this instanceof Answered answered) {
            return answered.sent();
        }
        Open open = (Open) this;
        Sent sent;
        try {
            sent = next.send(open.email());
        } catch (Throwable defect) {
            open.ending().broken();
            throw defect;
        }
        return open.ending().end(sent);
    }
}
