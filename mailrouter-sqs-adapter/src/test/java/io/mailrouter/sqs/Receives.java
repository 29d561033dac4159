package io.mailrouter.sqs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** Counts how often each message was handed out to a client. */
final class Receives implements ExecutionInterceptor {

    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        if (context.response() instanceof ReceiveMessageResponse received) {
            received.messages()
                    .forEach(message -> counts.computeIfAbsent(message.messageId(), id -> new AtomicInteger())
                            .incrementAndGet());
        }
    }

    int most() {
        return sorted()[counts.size() - 1];
    }

    int median() {
        return sorted()[counts.size() / 2];
    }

    private int[] sorted() {
        return counts.values().stream().mapToInt(AtomicInteger::get).sorted().toArray();
    }

    @Override
    public String toString() {
        return "median " + median() + ", most " + most();
    }
}
