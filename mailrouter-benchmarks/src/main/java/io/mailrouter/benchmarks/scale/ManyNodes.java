package io.mailrouter.benchmarks.scale;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.RedisProcess;
import io.mailrouter.benchmarks.contest.RedisProcess.Account;
import io.mailrouter.benchmarks.contest.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/**
 * What the nodes of a fleet cost the Redis in which they meet, by its own account: exchanges, CPU, bytes and memory, with
 * up to 1,000 nodes that are all there, each with a connection of its own, and with every default but the client, whose
 * threads up to 250 nodes share, and its patience, so that a busy machine shows the same.
 *
 * <p>What Redis does by itself is counted too, so of a few nodes only the sum is told. How many nodes would fill its one
 * core is not measured but computed from that. System properties: {@code scale.nodes}, {@code 1,10,100,1000} by default, and
 * {@code scale.windowSeconds}, 10 by default.
 */
final class ManyNodes {

    private static final String NODES = System.getProperty("scale.nodes", "1,10,100,1000");
    private static final int WINDOW_SECONDS = Integer.getInteger("scale.windowSeconds", 10);
    private static final int SETTLING_SECONDS = 3;
    private static final int NODES_PER_JVM = 250;
    private static final int ENOUGH_TO_DIVIDE = 100;
    private static final List<String> HEAP = List.of("-Xmx512m", "-Xss512k");

    private ManyNodes() {}

    public static void main(String[] args) throws Exception {
        for (int nodes : new Scanner(NODES)
                .useDelimiter(",")
                .tokens()
                .mapToInt(Integer::parseInt)
                .toArray()) {
            measure(nodes);
        }
    }

    private static void measure(int nodes) throws Exception {
        try (RedisProcess redis = new RedisProcess()) {
            Account before = redis.account();
            List<ChildJvm> groups = new ArrayList<>();
            try {
                for (int there = 0; there < nodes; there += NODES_PER_JVM) {
                    groups.add(ChildJvm.started(
                            HEAP, NodeGroup.class, redis.uri(), "" + Math.min(NODES_PER_JVM, nodes - there)));
                }
                groups.forEach(ChildJvm::read);
                TimeUnit.SECONDS.sleep(SETTLING_SECONDS);
                Account begin = redis.account();
                print(nodes, before, begin, later(redis));
            } finally {
                groups.forEach(ChildJvm::close);
            }
        }
    }

    private static Account later(RedisProcess redis) throws InterruptedException {
        TimeUnit.SECONDS.sleep(WINDOW_SECONDS);
        return redis.account();
    }

    private static void print(int nodes, Account empty, Account begin, Account end) {
        double seconds = (end.nanoTime() - begin.nanoTime()) / 1e9;
        double exchanges = end.exchanges() - begin.exchanges();
        double cpu = (end.cpuMicros() - begin.cpuMicros()) / seconds;
        String scenario = String.format(Locale.ROOT, "nodes %,d", nodes);
        print(scenario, "%,.0f exchanges/s, %.2f %% of a core", exchanges / seconds, cpu / 1e4);
        print(
                scenario + ", each node",
                "%.2f exchanges/s, %.1f KB of memory with its connections",
                exchanges / seconds / nodes,
                (end.memory() - empty.memory()) / 1e3 / nodes);
        if (nodes >= ENOUGH_TO_DIVIDE) {
            print(
                    scenario + ", each exchange",
                    "%.0f us of Redis's CPU, %.0f bytes both ways",
                    cpu * seconds / exchanges,
                    (end.bytes() - begin.bytes()) / exchanges);
            print(scenario + ", extrapolated from them", "%,.0f nodes would fill one core", nodes * 1e6 / cpu);
        }
    }

    private static void print(String scenario, String figure, Object... figures) {
        String text = String.format(Locale.ROOT, figure, figures);
        System.out.println(new Row("growth with nodes", scenario, "Redis", text, "", "", "").markdown());
    }
}
