package io.mailrouter.sqs;

import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Measures what an outage does to a queue and how long a stop takes, on this machine, with the defaults of everything and
 * ElasticMQ in this JVM, and prints a table in Markdown. In the folder of the project:
 *
 * <pre>mvn -q -Pqueue-figures -pl mailrouter-sqs-adapter -am process-test-classes</pre>
 */
public final class QueueFigures {

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration OUTAGE = Duration.ofSeconds(30);
    private static final Duration SEND = Duration.ofMillis(50);
    private static final int MESSAGES = 500;
    private static final int STRICT = 3;
    private static final int ROUNDS = 5;

    private final LocalSqs sqs = new LocalSqs();

    private QueueFigures() {}

    /** Measures and prints. */
    public static void main(String... arguments) {
        QueueFigures figures = new QueueFigures();
        figures.sqs.start();
        try {
            figures.print();
        } finally {
            figures.sqs.stop();
        }
        // ElasticMQ's own threads need a while to end.
        System.exit(0);
    }

    private void print() {
        System.out.printf(
                "ElasticMQ, JDK %s, %d processors%n%n",
                System.getProperty("java.version"), Runtime.getRuntime().availableProcessors());
        System.out.println("| figure | measured |\n|---|---|");
        outage(STRICT);
        outage(100);
        // At another moment of the poll each time.
        stops("idle stop, wait time of 10 s", 0, round -> Duration.ofSeconds(1 + 2L * round));
        stops(
                "loaded stop, 16 sends of " + SEND.toMillis() + " ms under way",
                2_000,
                round -> Duration.ofMillis(2_000 + 10L * round));
    }

    private static void row(String figure, String format, Object... values) {
        System.out.println("| " + figure + " | " + String.format(Locale.ROOT, format, values) + " |");
    }

    private void outage(int maxReceiveCount) {
        Receives receives = new Receives();
        SqsClient client = sqs.client(receives);
        LocalSqs.Queues queues = sqs.queues(client, maxReceiveCount);
        fill(client, queues, MESSAGES);
        AtomicBoolean up = new AtomicBoolean();
        FakeProvider provider = new FakeProvider("fake", email -> {
            pause(SEND);
            return up.get() ? new Outcome.Accepted("m") : new Outcome.Unavailable("refused", "");
        });
        try (EmailService emails = EmailService.builder().provider(provider).build();
                SqsEmailConsumer consumer = consumer(emails, client, queues)) {
            consumer.start();
            pause(OUTAGE);
            long there = System.nanoTime();
            up.set(true);
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> LocalSqs.size(client, queues.url()) == 0);
            double seconds = (System.nanoTime() - there) / 1e9;
            row(
                    "outage of 30 s, " + MESSAGES + " messages, maxReceiveCount " + maxReceiveCount,
                    "%d dead letters, %d sent, receives per message: %s, empty %.1f s after the recovery",
                    LocalSqs.size(client, queues.deadLetters()),
                    provider.sent().size(),
                    receives,
                    seconds);
        }
    }

    private void stops(String figure, int backlog, IntFunction<Duration> runs) {
        long[] millis = new long[ROUNDS];
        long abandoned = 0;
        for (int round = 0; round < ROUNDS; round++) {
            SqsClient client = sqs.client();
            LocalSqs.Queues queues = sqs.queues(client, 100);
            fill(client, queues, backlog);
            FakeProvider provider = new FakeProvider("fake", email -> {
                pause(SEND);
                return new Outcome.Accepted("m");
            });
            try (EmailService emails = EmailService.builder().provider(provider).build();
                    SqsEmailConsumer consumer = consumer(emails, client, queues)) {
                consumer.start();
                pause(runs.apply(round));
                long begin = System.nanoTime();
                abandoned += consumer.stop().abandoned();
                millis[round] = Duration.ofNanos(System.nanoTime() - begin).toMillis();
            }
        }
        Arrays.sort(millis);
        row(
                figure,
                "median %d ms, shortest %d ms, longest %d ms; %d messages abandoned",
                millis[ROUNDS / 2],
                millis[0],
                millis[ROUNDS - 1],
                abandoned);
    }

    private static SqsEmailConsumer consumer(EmailService emails, SqsClient client, LocalSqs.Queues queues) {
        return SqsEmailConsumer.builder(emails, client, queues.url()).build();
    }

    private static void fill(SqsClient client, LocalSqs.Queues queues, int count) {
        List<String> bodies =
                IntStream.range(0, count).mapToObj(i -> LocalSqs.body("s-" + i)).toList();
        LocalSqs.fill(client, queues.url(), bodies);
    }

    private static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
