package io.mailrouter.sqs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** Runs sends as a part of their messages' traces. A tracer that throws is told of, and disturbs nothing. */
final class Tracing {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailConsumer.class);
    private static final List<String> W3C = List.of("traceparent", "tracestate", "baggage");
    private static final String AMAZON = "X-Amzn-Trace-Id";
    private static final MessageTracer.Scope NONE = () -> {};
    private static final MessageTracer NO_TRACER = trace -> NONE;

    private final MessageTracer tracer;
    private final String queueName;
    private final Seldom seldom;

    Tracing(MessageTracer tracer, String queueName, Surroundings around) {
        this.tracer = tracer;
        this.queueName = queueName;
        this.seldom = new Seldom(around);
    }

    /** Follows nothing. */
    static MessageTracer none() {
        return NO_TRACER;
    }

    <T> T within(ReceivedMessage message, Supplier<T> send) {
        if (tracer == NO_TRACER) {
            return send.get();
        }
        MessageTracer.Scope scope = enter(message);
        try {
            return send.get();
        } finally {
            leave(scope);
        }
    }

    private MessageTracer.Scope enter(ReceivedMessage message) {
        try {
            return tracer.enter(new MessageTrace(queueName, message.id(), headers(message)));
        } catch (Throwable e) {
            tell(e);
            return NONE;
        }
    }

    private void leave(MessageTracer.Scope scope) {
        try {
            scope.close();
        } catch (Throwable e) {
            tell(e);
        }
    }

    private static Map<String, String> headers(ReceivedMessage message) {
        Map<String, String> headers = new HashMap<>();
        for (String name : W3C) {
            String value = message.attribute(name);
            if (!value.isEmpty()) {
                headers.put(name, value);
            }
        }
        String amazon = ReceivedMessage.said(message.message(), MessageSystemAttributeName.AWS_TRACE_HEADER);
        if (!amazon.isEmpty()) {
            headers.put(AMAZON, amazon);
        }
        return headers;
    }

    private void tell(Throwable e) {
        seldom.run(
                "tracer",
                times -> log.warn(
                        "Message tracer {} threw a {} ({} times lately); messages are unaffected",
                        tracer.getClass().getName(),
                        e.getClass().getSimpleName(),
                        times));
    }
}
