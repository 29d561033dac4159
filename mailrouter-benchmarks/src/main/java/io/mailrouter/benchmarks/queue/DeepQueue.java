package io.mailrouter.benchmarks.queue;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.contest.Row;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Whether the consumer's rate or its memory depend on how deep the queue is that it drains.
 *
 * <p>One consumer with a heap of 64 MB drains queues of each depth. A turn of its own asks how much of the heap is alive
 * meanwhile. The system properties {@code depth.messages}, {@code 1000,20000,100000} by default, and {@code depth.rounds},
 * 3 by default, say how deep and how often; the first depth is drained some more times before, as the warm-up.
 */
final class DeepQueue {

    private static final String DEPTHS = System.getProperty("depth.messages", "1000,20000,100000");
    private static final int ROUNDS = Integer.getInteger("depth.rounds", 3);
    private static final int WARM_UPS = 20;
    private static final List<String> SERVER = List.of("-Xms1g", "-Xmx1g");
    private static final List<String> CONSUMER = List.of("-Xms64m", "-Xmx64m");

    private DeepQueue() {}

    public static void main(String[] args) {
        try (ChildJvm server = ChildJvm.started(SERVER, DrainServer.class)) {
            URI endpoint = URI.create("http://127.0.0.1:" + server.read());
            try (SqsClient client = Sqs.client(endpoint);
                    ChildJvm consumer = ChildJvm.started(CONSUMER, DeepQueueClient.class, endpoint.toString())) {
                consumer.read();
                drain(client, consumer);
            }
        }
    }

    private static void drain(SqsClient client, ChildJvm consumer) {
        Contest contest = new Contest("queue depth");
        contest.enter("mailrouter", consumer);
        int warmUps = WARM_UPS;
        for (int messages : new Scanner(DEPTHS)
                .useDelimiter(",")
                .tokens()
                .mapToInt(Integer::parseInt)
                .toArray()) {
            String scenario = String.format(Locale.ROOT, "%,d messages, heap of 64 MB", messages);
            contest.rounds(scenario, warmUps, ROUNDS, jvm -> turn(client, jvm, messages, "turn"))
                    .forEach(DeepQueue::print);
            print(live(scenario, Long.parseLong(turn(client, consumer, messages, "live"))));
            warmUps = 0;
        }
    }

    private static String turn(SqsClient client, ChildJvm consumer, int messages, String order) {
        String url = QueueFill.queue(client, messages);
        try {
            return consumer.ask(order + " " + url + " " + messages);
        } finally {
            client.deleteQueue(r -> r.queueUrl(url));
        }
    }

    private static Row live(String scenario, long bytes) {
        String figure = String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
        return new Row("queue depth", scenario + ", most that is alive", "mailrouter", figure, "", "", "");
    }

    private static void print(Row row) {
        System.out.println(row.markdown());
    }
}
