package io.mailrouter.benchmarks.fleet;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.contest.RedisProcess;
import io.mailrouter.benchmarks.http.StubServer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How fast a node sends that meets others in Redis, beside the same node without: the ratio in the last row of a scenario is
 * that of Redis on to Redis off.
 *
 * <p>Redis is a process of its own on the loopback, and so is each node. A node sends emails of 2 KB through three
 * providers. One shares health and use, which costs no command for a send. Another shares a rate for each provider as well,
 * far above what is sent, and asks for turns in batches. A third has a key for each email, which a send waits for once, and
 * once more in the background.
 *
 * <p>System properties: {@code fleet.warmUpMillis} of each node, {@code fleet.millis} of a turn, {@code fleet.rounds}; the
 * arguments name kinds of {@link Providers}, all by default.
 */
final class RedisOnOff {

    private static final long WARM_UP_MILLIS = Long.getLong("fleet.warmUpMillis", 12_000);
    private static final int WARM_UPS = 10;
    private static final long MILLIS = Long.getLong("fleet.millis", 1_000);
    private static final int ROUNDS = Integer.getInteger("fleet.rounds", 5);
    private static final List<String> HEAP = List.of("-Xms512m", "-Xmx512m");

    private RedisOnOff() {}

    public static void main(String[] args) throws Exception {
        List<Providers> kinds = args.length == 0
                ? List.of(Providers.values())
                : Arrays.stream(args).map(Providers::valueOf).toList();
        try (RedisProcess redis = new RedisProcess();
                ChildJvm stub = StubServer.started()) {
            String endpoint = "http://127.0.0.1:" + stub.read();
            kinds.forEach(kind -> contest(redis.uri(), endpoint, kind));
        }
    }

    private static void contest(String redis, String endpoint, Providers providers) {
        try (Contest contest = new Contest("Redis on and off")) {
            for (Sharing sharing : Sharing.values()) {
                contest.enter(sharing.title(), node(sharing, providers, redis, endpoint));
            }
            String warmUp = providers.senders().get(0) + " " + WARM_UP_MILLIS / WARM_UPS;
            contest.rounds("warm-up", 0, WARM_UPS, jvm -> jvm.ask(warmUp));
            for (int senders : providers.senders()) {
                String scenario = String.format(Locale.ROOT, "senders %d, %s", senders, providers.title());
                contest.rounds(scenario, 1, ROUNDS, jvm -> jvm.ask(senders + " " + MILLIS))
                        .forEach(row -> System.out.println(row.markdown()));
            }
        }
    }

    private static ChildJvm node(Sharing sharing, Providers providers, String redis, String endpoint) {
        ChildJvm jvm = ChildJvm.started(HEAP, Node.class, sharing.name(), providers.name(), redis, endpoint);
        jvm.read();
        return jvm;
    }
}
