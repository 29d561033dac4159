package io.mailrouter.sqs;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a message says of the trace that it is part of.
 *
 * @param queue the queue's name
 * @param messageId the queue's id of it
 * @param headers the message attributes {@code traceparent}, {@code tracestate} and {@code baggage} of W3C, and {@code
 *     X-Amzn-Trace-Id}, which is the queue's own; those that there are, found in whatever case
 */
public record MessageTrace(String queue, String messageId, Map<String, String> headers) {

    /** Copies the headers. */
    public MessageTrace {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    /** Returns the queue and the id, and no header: baggage may hold anything. */
    @Override
    public String toString() {
        return "MessageTrace[" + queue + ", " + messageId + "]";
    }
}
