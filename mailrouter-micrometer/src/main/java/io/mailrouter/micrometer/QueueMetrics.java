package io.mailrouter.micrometer;

import io.mailrouter.sqs.ConsumerStats;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Shows what an {@link SqsEmailConsumer} does with its queue, in Micrometer. Needs {@code mailrouter-sqs-adapter}, which
 * whoever has a consumer has.
 *
 * <table>
 * <caption>The meters, tagged with {@code queue}</caption>
 * <tr><th>name</th><th>kind</th><th></th></tr>
 * <tr><td>{@code mailrouter.queue.received}</td><td>counter</td><td>messages received</td></tr>
 * <tr><td>{@code mailrouter.queue.deleted}</td><td>counter</td><td>messages done with</td></tr>
 * <tr><td>{@code mailrouter.queue.returned}</td><td>counter</td><td>messages given back, to come again</td></tr>
 * <tr><td>{@code mailrouter.queue.dead}</td><td>counter</td><td>messages moved to the dead-letter queue</td></tr>
 * <tr><td>{@code mailrouter.queue.owned}</td><td>gauge</td><td>messages held now</td></tr>
 * <tr><td>{@code mailrouter.queue.age}</td><td>gauge, a time</td><td>how far behind it is ({@link
 *     ConsumerStats#age()})</td></tr>
 * <tr><td>{@code mailrouter.queue.paused}</td><td>gauge, 1 or 0</td><td>no provider is usable, intake pauses</td></tr>
 * <tr><td>{@code mailrouter.queue.failing}</td><td>gauge, 1 or 0</td><td>the queue could not be asked</td></tr>
 * </table>
 */
public final class QueueMetrics {

    private QueueMetrics() {}

    /**
     * Adds the meters of a consumer, which is not kept alive by them. Answers come from memory.
     *
     * @param queue the queue's name, which becomes a tag; consumers of one queue need registries of their own
     */
    public static void watch(MeterRegistry registry, String queue, SqsEmailConsumer consumer) {
        count(registry, queue, consumer, "received", ConsumerStats::received);
        count(registry, queue, consumer, "deleted", ConsumerStats::deleted);
        count(registry, queue, consumer, "returned", ConsumerStats::returned);
        count(registry, queue, consumer, "dead", ConsumerStats::deadLettered);
        gauge(registry, queue, consumer, "owned", "Messages held now", ConsumerStats::owned);
        gauge(registry, queue, consumer, "paused", "1 while no provider is usable", s -> s.paused() ? 1 : 0);
        gauge(registry, queue, consumer, "failing", "1 while the queue cannot be asked", s -> s.failing() ? 1 : 0);
        TimeGauge.builder(
                        "mailrouter.queue.age",
                        consumer,
                        TimeUnit.MILLISECONDS,
                        c -> c.stats().age().toMillis())
                .description("Age of the oldest message that the last poll brought")
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

    private static void gauge(
            MeterRegistry registry,
            String queue,
            SqsEmailConsumer consumer,
            String what,
            String description,
            ToDoubleFunction<ConsumerStats> value) {
        Gauge.builder("mailrouter.queue." + what, consumer, c -> value.applyAsDouble(c.stats()))
                .description(description)
                .tag("queue", queue)
                .register(registry);
    }
}
