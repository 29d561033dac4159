package io.mailrouter.micrometer;

import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.SendTracer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes sends and attempts known to Micrometer's Observation API, and so to tracing.
 *
 * <pre>{@code
 * EmailService emails = EmailService.builder().provider(...)
 *         .tracer(new EmailObservations(registry))
 *         .build();
 * }</pre>
 *
 * <p>The spans are called {@code mailrouter.send} and {@code mailrouter.attempt}. That of an attempt is a child of its
 * send's and current on the thread that calls the provider, so that spans of the provider's own client become children of
 * it; that of a send is a child of what was current where it was called, also with {@code sendAsync} and {@code sendAll}.
 * An attempt that was not accepted, and a send that was rejected, not sent or unknown, is marked as an error. No address,
 * subject, text, header or key is in any of them.
 *
 * <p>May be used beside {@link EmailMetrics}: meters that a handler makes of observations are called {@code
 * mailrouter.observed.send} and {@code mailrouter.observed.attempt}, so that nothing is counted twice under one name. Who
 * wants other names or keys extends {@link SendConvention} and {@link AttemptConvention}; a convention that the registry
 * has for {@link SendContext} or {@link AttemptContext} comes first. Safe to share between threads
 * and services; as quick as the registry's handlers, which run on the sending thread.
 */
public final class EmailObservations implements SendTracer {

    /** What is no failure: the email is with somebody, or was never to be sent. */
    private static final Set<String> FINE = Set.of("accepted", "partly_accepted", "partial", "expired", "suppressed");

    private final ObservationRegistry registry;
    private final ObservationConvention<SendContext> sends;
    private final ObservationConvention<AttemptContext> attempts;

    /** Begins to observe, with the usual names and keys. */
    public EmailObservations(ObservationRegistry registry) {
        this(registry, new SendConvention(), new AttemptConvention());
    }

    /**
     * Begins to observe, with names and keys of one's own.
     *
     * @param sends how sends are named, and what is said about them
     * @param attempts how attempts are named, and what is said about them
     */
    public EmailObservations(
            ObservationRegistry registry,
            ObservationConvention<SendContext> sends,
            ObservationConvention<AttemptContext> attempts) {
        this.registry = registry;
        this.sends = sends;
        this.attempts = attempts;
    }

    @Override
    public Span<EmailEvent.SendEnded> send() {
        SendContext context = new SendContext();
        Observation observation = Observation.start(null, sends, () -> context, registry);
        return new Observed<>(observation) {
            @Override
            public void end(EmailEvent.SendEnded event) {
                context.end(event);
                stop(event.result(), event.result());
            }
        };
    }

    @Override
    public Span<EmailEvent.AttemptEnded> attempt(String provider, int number) {
        AttemptContext context = new AttemptContext(provider, number);
        Observation observation = Observation.start(null, attempts, () -> context, registry);
        return new Observed<>(observation) {
            @Override
            public void end(EmailEvent.AttemptEnded event) {
                context.end(event);
                stop(event.outcome(), event.code());
            }
        };
    }

    @Override
    public Supplier<Scope> here() {
        Observation current = registry.getCurrentObservation();
        return current == null ? () -> Scope.NONE : () -> current.openScope()::close;
    }

    private abstract static class Observed<E extends EmailEvent> implements Span<E> {

        private final Observation observation;

        Observed(Observation observation) {
            this.observation = observation;
        }

        @Override
        public Scope enter() {
            return observation.openScope()::close;
        }

        @Override
        public void abandon() {
            observation.stop();
        }

        void stop(String word, String code) {
            if (!FINE.contains(word)) {
                observation.error(new SendFailure(word, code));
            }
            observation.stop();
        }
    }
}
