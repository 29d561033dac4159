package io.mailrouter;

import io.mailrouter.email.Email;
import java.util.function.Function;

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

    /** Goes on through the next step's first half. Both endings are told, the inner one first. */
    default Passage then(Function<Email, Passage> next) {
        if (!(this instanceof Open outer)) {
            return this;
        }
        Passage inner;
        try {
            inner = next.apply(outer.email());
        } catch (Throwable defect) {
            outer.ending().broken();
            throw defect;
        }
        if (inner instanceof Open open) {
            return new Open(open.email(), new Both(outer.ending(), open.ending()));
        }
        return new Answered(outer.ending().end(((Answered) inner).sent()));
    }

    /** The second halves of two steps. */
    record Both(Ending outer, Ending inner) implements Ending {
        @Override
        public Sent end(Sent sent) {
            return outer.end(inner.end(sent));
        }

        @Override
        public void broken() {
            inner.broken();
            outer.broken();
        }
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
