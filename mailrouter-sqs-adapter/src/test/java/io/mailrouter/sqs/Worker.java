package io.mailrouter.sqs;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.redis.RedisFleet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;

/**
 * Drains queues as a program would, through providers whose service is the {@link Referee}. It says what it does.
 *
 * <p>What it drains is told by words of the form {@code name=value}: {@code keyed} is a queue that is drained with an
 * idempotency store in Redis, {@code plain} one without any. At the point {@code stopAt} its threads wait until they are
 * let on: {@code claimed}, {@code accepted} or {@code deleting}.
 */
final class Worker implements AutoCloseable {

    private final Map<String, String> words;
    private final Consumer<String> says;
    private final CountDownLatch on = new CountDownLatch(1);
    private final List<SqsEmailConsumer> consumers = new ArrayList<>();
    private final List<Runnable> open = new ArrayList<>();

    /** Makes everything ready; nothing is drained before {@link #go()}. */
    Worker(List<String> words, Consumer<String> says) {
        this.words = words.stream()
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(word -> word[0], word -> word[1]));
        this.says = says;
        SqsClient client = LocalSqs.client(number("sqs", 0), List.of(new BeforeDelete()));
        open.add(client::close);
        Stream.of("keyed", "plain")
                .filter(this.words::containsKey)
                .forEach(kind -> consumers.add(consumer(client, this.words.get(kind), service(kind))));
        // What the first call loads is loaded before, so that a worker that is told to go goes at once.
        client.listQueues();
    }

    /** Begins to drain. */
    void go() {
        consumers.forEach(SqsEmailConsumer::start);
    }

    /** Lets the threads go on that have stopped at the point. */
    void on() {
        on.countDown();
    }

    /** Stops draining, and says how that ended. */
    void stop() {
        for (SqsEmailConsumer consumer : consumers) {
            StopReport report = consumer.stop();
            says.accept("stopped " + report.completed() + " " + report.released() + " " + report.abandoned());
        }
    }

    @Override
    public void close() {
        on();
        stop();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).run();
        }
    }

    private EmailService service(String kind) {
        EmailServiceBuilder builder = EmailService.builder()
                .deadline(Duration.ofSeconds(6))
                .minAttemptTime(Duration.ofSeconds(1))
                .provider(provider("first"))
                .provider(provider("second"));
        if (kind.equals("keyed")) {
            builder.idempotency(
                    store(),
                    keys -> keys.lease(Duration.ofMillis(number("lease", 1_000)))
                            .storeTime(Duration.ofSeconds(5))
                            .onStoreFailure(StoreFailure.HOLD));
        }
        EmailService service = builder.build();
        open.add(service::close);
        return service;
    }

    private IdempotencyStore store() {
        RedisFleet fleet = RedisFleet.builder()
                .uri(words.get("redis"))
                .namespace("queue")
                .timeout(Duration.ofSeconds(5))
                .build();
        open.add(fleet::close);
        IdempotencyStore store = new WorkerStore(fleet.idempotencyStore(), () -> says.accept("recorded"));
        store.begun().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
        return store;
    }

    private RefereeProvider provider(String name) {
        return new RefereeProvider(name, words.get("name"), number("referee", 0), this::reach);
    }

    private SqsEmailConsumer consumer(SqsClient client, String url, EmailService emails) {
        return SqsEmailConsumer.builder(emails, client, url)
                .concurrency(number("concurrency", 4))
                .prefetch(number("prefetch", 6))
                .waitTime(Duration.ofSeconds(1))
                .visibility(Duration.ofSeconds(number("visibility", 60)))
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(1))
                .maxAttempts(100)
                .stopTimeout(Duration.ofMinutes(2))
                .listener(this::tell)
                .build();
    }

    private void tell(QueueEvent event) {
        if (event instanceof QueueEvent.Returned returned) {
            says.accept("returned " + returned.code());
        } else if (event instanceof QueueEvent.Deleted deleted) {
            says.accept("deleted " + deleted.code());
        } else if (event instanceof QueueEvent.DeadLettered dead) {
            says.accept("dead " + dead.reason());
        }
    }

    /** Stops here if this is the point to stop at; an interrupt, such as that of a stop, does not let it go on. */
    private void reach(String point) {
        if (!point.equals(words.get("stopAt"))) {
            return;
        }
        says.accept("at " + point);
        boolean interrupted = false;
        while (on.getCount() > 0) {
            try {
                on.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private int number(String name, int otherwise) {
        String value = words.get(name);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    private final class BeforeDelete implements ExecutionInterceptor {

        @Override
        public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
            if (context.request() instanceof DeleteMessageBatchRequest) {
                reach("deleting");
            }
        }
    }
}
