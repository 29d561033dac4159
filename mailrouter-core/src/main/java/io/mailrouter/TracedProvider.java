package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.SendTracer;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import org.jspecify.annotations.Nullable;

/** Follows each attempt as a span, which is current on the thread that calls the provider. */
final class TracedProvider implements GatedProvider {

    private final GuardedProvider guarded;
    private final EmailProvider provider;
    private final String name;
    private final SendTracer tracer;

    TracedProvider(GuardedProvider guarded, EmailProvider provider, String name, SendTracer tracer) {
        this.guarded = guarded;
        this.provider = provider;
        this.name = name;
        this.tracer = tracer;
    }

    @Override
    public Answer send(Email email, Attempt.Context context) {
        SendTracer.Span<EmailEvent.AttemptEnded> span = tracer.attempt(name, context.number());
        Answer answer = null;
        try {
            answer = guarded.around(new Within(provider, span)).send(email, context);
        } finally {
            end(span, context, answer);
        }
        return answer;
    }

    private void end(SendTracer.Span<EmailEvent.AttemptEnded> span, Attempt.Context context, @Nullable Answer answer) {
        if (answer instanceof Answer.Tried tried) {
            span.end(RecordingProvider.ended(name, context, tried));
        } else {
            span.abandon();
        }
    }

    /** The provider, called within a span. */
    private record Within(EmailProvider provider, SendTracer.Span<EmailEvent.AttemptEnded> span)
            implements EmailProvider {

        @Override
        public String name() {
            return provider.name();
        }

        @Override
        public Capabilities capabilities() {
            return provider.capabilities();
        }

        @Override
        public Outcome send(Email email, Attempt.Context context) {
            SendTracer.Scope scope = span.enter();
            try {
                return provider.send(email, context);
            } finally {
                scope.close();
            }
        }
    }
}
