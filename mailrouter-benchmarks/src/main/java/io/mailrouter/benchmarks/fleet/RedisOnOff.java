package io.mailrouter.benchmarks.fleet;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.contest.RedisProcess;
import java.time.Duration;
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
 * <p>System properties: {@code fleet.millis} of a turn, {@code fleet.warmUps}, {@code fleet.rounds}.
 */
final class RedisOnOff {

    private static final Duration TURN = Duration.ofMillis(Integer.getInteger("fleet.millis", 1_000));
    private static final int WARM_UPS = Integer.getInteger("fleet.warmUps", 3);
    private static final int ROUNDS = Integer.getInteger("fleet.rounds", 7);
    private static final List<String> HEAP = List.of("-Xms512m", "-Xmx512m");

    private RedisOnOff() {}

    public static void main(String[] args) throws Exception {
        try (RedisProcess redis = new RedisProcess()) {
            contest(redis, Providers.WAITING, 256);
            contest(redis, Providers.INSTANT, 1, 16);
        }
    }

    private static void contest(RedisProcess redis, Providers providers, int... senders) {
        try (Contest contest = new Contest("Redis on and off")) {
            for (Sharing sharing : Sharing.values()) {
                contest.enter(sharing.title(), node(sharing, providers, redis));
            }
            for (int count : senders) {
                String scenario = String.format(Locale.ROOT, "%d senders, %s", count, providers.title());
                contest.rounds(scenario, WARM_UPS, ROUNDS, jvm -> jvm.ask(count + " " + TURN.toMillis()))
                        .forEach(row -> System.out.println(row.markdown()));
            }
        }
    }

    private static ChildJvm node(Sharing sharing, Providers providers, RedisProcess redis) {
        ChildJvm jvm = ChildJvm.started(HEAP, Node.class, sharing.name(), providers.name(), redis.uri());
        jvm.read();
        return jvm;
    }
}
