package io.mailrouter;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.SendTracer;
import java.util.function.Supplier;

/** Sees to it that nothing which a tracer throws reaches a send. */
final class GuardedTracer implements SendTracer {

    /** Follows nothing. */
    static final SendTracer NONE = new Nothing(new NoSpan<>(), new NoSpan<>());

    private static final String NAME = "tracer";

    private final SendTracer tracer;
    private final Seldom seldom;

    GuardedTracer(SendTracer tracer, Seldom seldom) {
        this.tracer = tracer;
        this.seldom = seldom;
    }

    @Override
    public Span<EmailEvent.SendEnded> send() {
        return new GuardedSpan<>(seldom.guard(NAME, tracer::send, new NoSpan<>()));
    }

    @Override
    public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
        return new GuardedSpan<>(seldom.guard(NAME, () -> tracer.attempt(provider, number), new NoSpan<>()));
    }

    @Override
    public Supplier<Scope> here() {
        Supplier<Scope> context = seldom.guard(NAME, tracer::here, () -> Scope.NONE);
        return () -> scope(context);
    }

    private Scope scope(Supplier<Scope> entering) {
        Scope scope = seldom.guard(NAME, entering, Scope.NONE);
        return () -> seldom.guard(NAME, scope::close);
    }

    private final class GuardedSpan<E extends EmailEvent> implements Span<E> {

        private final Span<E> span;

        GuardedSpan(Span<E> span) {
            this.span = span;
        }

        @Override
        public Scope enter() {
            return scope(span::enter);
        }

        @Override
        public void end(E event) {
            seldom.guard(NAME, () -> span.end(event));
        }

        @Override
        public void abandon() {
            seldom.guard(NAME, span::abandon);
        }
    }

    private record Nothing(Span<EmailEvent.SendEnded> send, Span<EmailEvent.AttemptEnded> attempt)
            implements SendTracer {

        @Override
        public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
            return attempt;
        }
    }

    private record NoSpan<E extends EmailEvent>() implements Span<E> {

        @Override
        public Scope enter() {
            return Scope.NONE;
        }

        @Override
        public void end(E event) {}

        @Override
        public void abandon() {}
    }
}
