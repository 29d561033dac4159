package io.mailrouter.benchmarks.queue;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * How fast the consumer drains a queue, beside Spring Cloud AWS and a loop written by hand. Arguments choose among the
 * contenders.
 *
 * <p>ElasticMQ runs in a JVM of its own, and so does each contender, from its warm-up to its last round. The contenders
 * take turns, so that whatever else the machine does meanwhile meets all of them. Each turn drains a queue that was
 * filled before. The CPU time is that of the contender's JVM, and steadier than the rate. There is more than one warm-up,
 * because the SDK is called once for ten messages, and so compiled for good only after some ten thousand of them.
 */
final class QueueDrain {

    private static final int MESSAGES = Integer.getInteger("drain.messages", 20_000);
    private static final int WARM_UPS = Integer.getInteger("drain.warmUps", 4);
    private static final int ROUNDS = Integer.getInteger("drain.rounds", 3);
    private static final String SCENARIO = String.format(Locale.ROOT, "%,d messages of 2 KB", MESSAGES);
    private static final List<String> HEAP = List.of("-Xms1g", "-Xmx1g");

    private QueueDrain() {}

    public static void main(String[] args) {
        List<Contenders> names = args.length == 0
                ? Contenders.able()
                : Arrays.stream(args).map(Contenders::valueOf).toList();
        try (ChildJvm server = ChildJvm.started(HEAP, DrainServer.class);
                Contest contest = new Contest("queue drain")) {
            URI endpoint = URI.create("http://127.0.0.1:" + server.read());
            names.forEach(name -> contest.enter(name.title(), contender(name, endpoint)));
            try (SqsClient client = Sqs.client(endpoint)) {
                contest.rounds(SCENARIO, WARM_UPS, ROUNDS, jvm -> turn(client, jvm))
                        .forEach(row -> System.out.println(row.markdown()));
            }
        }
    }

    /** A system property such as {@code drain.options.MAILROUTER} adds options to one contender's JVM. */
    private static ChildJvm contender(Contenders name, URI endpoint) {
        List<String> options = Stream.concat(
                        HEAP.stream(), new Scanner(System.getProperty("drain.options." + name, "")).tokens())
                .toList();
        ChildJvm jvm = ChildJvm.started(options, DrainClient.class, name.name(), endpoint.toString());
        jvm.read();
        return jvm;
    }

    private static String turn(SqsClient client, ChildJvm jvm) {
        String url = QueueFill.queue(client, MESSAGES);
        try {
            return jvm.ask(url + " " + MESSAGES);
        } finally {
            client.deleteQueue(r -> r.queueUrl(url));
        }
    }
}
