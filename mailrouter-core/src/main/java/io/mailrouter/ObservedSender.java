package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Attempt;
import java.util.List;

/** Tells listeners how each send ended. */
final class ObservedSender implements Sender {

    private final Sender next;
    private final EmailListener listener;

    ObservedSender(Sender next, EmailListener listener) {
        this.next = next;
        this.listener = listener;
    }

    @Override
    public Sent send(Email email) {
        Sent sent = next.send(email);
        tell(email, sent);
        return sent;
    }

    void tell(Email email, Sent sent) {
        SendResult result = sent.result();
        listener.on(new EmailEvent.SendEnded(
                result.trail().reference(),
                result.word(),
                provider(result),
                result.trail().elapsed(),
                email.tags()));
    }

    private static String provider(SendResult result) {
        List<Attempt> attempts = result.trail().attempts();
        return attempts.isEmpty() ? "" : attempts.get(attempts.size() - 1).provider();
    }
}
