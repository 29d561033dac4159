package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.List;

/** Starts the clock, and tells listeners how each send ended and how long it took, the time at stores included. */
final class ObservedSender implements Sender {

    private final Sender next;
    private final EmailListener listener;
    private final Time time;

    ObservedSender(Sender next, EmailListener listener, Time time) {
        this.next = next;
        this.listener = listener;
        this.time = time;
    }

    @Override
    public Sent send(Email email) {
        long start = time.nanos();
        Sent sent = next.send(email);
        tell(email, sent.result(), time.since(start));
        return sent;
    }

    /** Tells the end of an email that did not come this way. */
    void tell(Email email, SendResult result) {
        tell(email, result, result.trail().elapsed());
    }

    private void tell(Email email, SendResult result, Duration elapsed) {
        listener.on(new EmailEvent.SendEnded(
                result.trail().reference(), result.word(), provider(result), elapsed, email.tags()));
    }

    private static String provider(SendResult result) {
        List<Attempt> attempts = result.trail().attempts();
        return attempts.isEmpty() ? "" : attempts.get(attempts.size() - 1).provider();
    }
}
