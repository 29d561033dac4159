package io.mailrouter.redis;

import static org.awaitility.Awaitility.await;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

/** What a test waits for in the nodes of a fleet, and lets them do. */
final class Nodes {

    static final Duration LONG = Duration.ofSeconds(60);

    private Nodes() {}

    /** Waits longer for an answer than is the default, for a machine that is busy is no fault of Redis. */
    static RedisFleet.Builder at(String uri) {
        return RedisFleet.builder().uri(uri).syncEvery(Duration.ofMillis(200)).timeout(Duration.ofSeconds(1));
    }

    static void send(RedisFleet node, int times) {
        for (int i = 0; i < times; i++) {
            node.record("ses", Signal.OK, Duration.ofMillis(50), 1);
        }
    }

    static void awaitConnected(RedisFleet... nodes) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Stream.of(nodes).allMatch(node -> node.snapshot().connected()));
    }

    static void awaitAway(RedisFleet... nodes) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Stream.of(nodes).noneMatch(node -> node.snapshot().connected()));
    }

    static void awaitUsed(long used, RedisFleet... nodes) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Stream.of(nodes)
                        .allMatch(node -> node.snapshot()
                                .provider("ses")
                                .filter(ses -> ses.usedThisMonth() == used)
                                .isPresent()));
    }

    /** Returns the 99th percentile of the time that one record and one look at the snapshot take together. */
    static Duration costOfSending(RedisFleet node, int times) {
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long began = System.nanoTime();
            node.record("ses", Signal.OK, Duration.ofMillis(50), 1);
            node.snapshot();
            nanos[i] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[(int) (times * 0.99)]);
    }
}
