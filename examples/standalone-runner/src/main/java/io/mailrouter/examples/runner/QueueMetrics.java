package io.mailrouter.examples.runner;

import io.mailrouter.sqs.ConsumerStats;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** Shows a consumer's counts as meters: {@code mailrouter.queue.*}, tagged with the queue's name. */
final class QueueMetrics {

    private QueueMetrics() {}

    static void register(MeterRegistry registry, String queue, SqsEmailConsumer consumer) {
        count(registry, queue, consumer, "received", ConsumerStats::received);
        count(registry, queue, consumer, "deleted", ConsumerStats::deleted);
        count(registry, queue, consumer, "returned", ConsumerStats::returned);
        count(registry, queue, consumer, "dead", ConsumerStats::deadLettered);
        Gauge.builder("mailrouter.queue.owned", consumer, c -> c.stats().owned())
                .description("Messages held now")
                .tag("queue", queue)
                .register(registry);
    }

    private static void count(
            MeterRegistry registry,
            String queue,
            SqsEmailConsumer consumer,
            String what,
            ToDoubleFunction<ConsumerStats> value) {
        FunctionCounter.builder("mailrouter.queue." + what, consumer, c -> value.applyAsDouble(c.stats()))
                .description("Messages " + what)
                .tag("queue", queue)
                .register(registry);
    }
}
