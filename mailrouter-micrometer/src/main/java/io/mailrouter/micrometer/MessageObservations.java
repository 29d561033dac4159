package io.mailrouter.micrometer;

import io.mailrouter.sqs.MessageTrace;
import io.mailrouter.sqs.MessageTracer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;

/**
 * Makes what a consumer does with a message known to Micrometer's Observation API, as a part of the trace that the
 * message came with. Needs {@code mailrouter-sqs-adapter}, which whoever has a consumer has.
 *
 * <pre>{@code
 * SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, client, url)
 *         .tracer(new MessageObservations(registry))
 *         .build();
 * }</pre>
 *
 * <p>The span is called {@code mailrouter.message} and is current while the message's email is sent, so that {@link
 * EmailObservations} make the send a child of it. It is a child itself of what the message's {@code traceparent}, or {@code
 * X-Amzn-Trace-Id}, names: the registry's tracing handler for a {@link ReceiverContext} reads those that its propagator
 * knows. It says the queue and the message's id, and nothing personal. Meters that a handler makes of it are called {@code
 * mailrouter.observed.message}. Safe to share between threads and consumers.
 */
public final class MessageObservations implements MessageTracer {

    private final ObservationRegistry registry;

    /** Begins to observe. */
    public MessageObservations(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Scope enter(MessageTrace trace) {
        ReceiverContext<MessageTrace> context =
                new ReceiverContext<>((carrier, name) -> carrier.headers().get(name), Kind.CONSUMER);
        context.setCarrier(trace);
        context.setRemoteServiceName("AmazonSQS");
        Observation observation = Observation.createNotStarted("mailrouter.observed.message", () -> context, registry)
                .contextualName("mailrouter.message")
                .lowCardinalityKeyValue("queue", trace.queue())
                .highCardinalityKeyValue("message", trace.messageId())
                .start();
        Observation.Scope scope = observation.openScope();
        return () -> {
            scope.close();
            observation.stop();
        };
    }
}
