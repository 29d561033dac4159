package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Turn;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.stream.Stream;

/**
 * One contender in a JVM of its own. For each line on its standard input, how many senders send for how many milliseconds
 * how many bytes, it does so and writes what that took; after the word {@code watch} it writes what came of the letters.
 */
final class SendClient {

    private static final List<String> HEAP = List.of("-Xms1g", "-Xmx1g");

    private SendClient() {}

    public static void main(String[] args) throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Senders senders = new Senders(Contenders.valueOf(args[0]).connected(URI.create(args[1])))) {
            System.out.println("ready");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                System.out.println(obey(senders, new Scanner(order)));
            }
        }
    }

    /** Starts one. A system property such as {@code sending.options.SES_BARE} adds options to its JVM. */
    static ChildJvm started(Contenders contender, URI endpoint) {
        Stream<String> options = new Scanner(System.getProperty("sending.options." + contender, "")).tokens();
        ChildJvm jvm = ChildJvm.started(
                Stream.concat(HEAP.stream(), options).toList(),
                SendClient.class,
                contender.name(),
                endpoint.toString());
        jvm.read();
        return jvm;
    }

    private static String obey(Senders senders, Scanner order) throws Exception {
        boolean watch = order.hasNext("watch");
        if (watch) {
            order.next();
        }
        int count = order.nextInt();
        long millis = order.nextLong();
        Letter letter = Letter.sized(order.nextInt());
        return watch
                ? senders.watch(count, millis, letter).line()
                : Turn.of(() -> senders.send(count, millis, letter)).line();
    }
}
