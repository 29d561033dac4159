package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent.SendEnded;
import io.mailrouter.event.SendTracer;
import io.mailrouter.event.SendTracer.Scope;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.List;

/**
 * Starts the clock and the span, and tells how each send ended and how long it took, the time at stores included.
 */
final class ObservedSender implements Sender {

    private final Sender next;
    private final Audience listener;
    private final SendTracer tracer;
    private final Time time;

    ObservedSender(Sender next, Audience listener, SendTracer tracer, Time time) {
        this.next = next;
        this.listener = listener;
        this.tracer = tracer;
        this.time = time;
    }

    @Override
    public Sent send(Email email) {
        return listener.hearsAll() || tracer != GuardedTracer.NONE ? observed(email) : next.send(email);
    }

    private Sent observed(Email email) {
        long start = time.nanos();
        SendTracer.Span<SendEnded> span = tracer.send();
        Scope scope = span.enter();
        Sent sent = null;
        try {
            sent = next.send(email);
        } finally {
            scope.close();
            if (sent == null) {
                span.abandon();
            }
        }
        SendEnded end = ended(email, sent.result(), time.since(start));
        span.end(end);
        listener.on(end);
        return sent;
    }

    /** Tells the end of an email that did not come this way. */
    void tell(Email email, SendResult result) {
        listener.on(ended(email, result, result.trail().elapsed()));
    }

    private static SendEnded ended(Email email, SendResult result, Duration elapsed) {
        String reference = result.trail().reference();
        List<String> tags = email.tags();
        String provider = provider(result);
        if (result instanceof SendResult.Accepted r) {
            return new SendEnded.Accepted(reference, provider, r.messageId(), elapsed, tags);
        }
        if (result instanceof SendResult.PartlyAccepted r) {
            return new SendEnded.PartlyAccepted(
                    reference,
                    provider,
                    r.messageId(),
                    r.recipients(Fate.ACCEPTED).size(),
                    r.recipients(Fate.REFUSED).size(),
                    r.recipients(Fate.NOT_SENT).size(),
                    r.recipients(Fate.UNKNOWN).size(),
                    elapsed,
                    tags);
        }
        if (result instanceof SendResult.Rejected r) {
            return new SendEnded.Rejected(reference, provider, r.code(), elapsed, tags);
        }
        if (result instanceof SendResult.NotSent r) {
            return new SendEnded.NotSent(reference, provider, r.code(), r.retryAt(), elapsed, tags);
        }
        if (result instanceof SendResult.Unknown r) {
            return new SendEnded.Unknown(reference, provider, r.code(), elapsed, tags);
        }
        if (result instanceof SendResult.Expired r) {
            return new SendEnded.Expired(reference, provider, r.notAfter(), elapsed, tags);
        }
        return new SendEnded.Suppressed(reference, result.trail().suppressed().size(), elapsed, tags);
    }

    private static String provider(SendResult result) {
        List<Attempt> attempts = result.trail().attempts();
        return attempts.isEmpty() ? "" : attempts.get(attempts.size() - 1).provider();
    }
}
