package io.mailrouter.benchmarks.http;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Contest;
import io.mailrouter.benchmarks.contest.Turn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many requests of 2 KB a stand-in alone answers, to see that clients measured against it do not wait for it. Three
 * kinds are compared; the first is the one that is used.
 *
 * <p>The load comes from one thread of this JVM with prepared bytes, at one request on each of 256 connections, as
 * clients do it, and at 16 requests on each, where the system calls, which take most of the time, are shared by several.
 * The CPU is the stand-in's own.
 */
public final class StubRate {

    private static final int CONNECTIONS = 256;
    private static final int BODY = 2_048;
    private static final int MILLIS = Integer.getInteger("stub.millis", 1_000);
    private static final int WARM_UPS = Integer.getInteger("stub.warmUps", 2);
    private static final int ROUNDS = Integer.getInteger("stub.rounds", 3);
    private static final List<Integer> DEPTHS = List.of(1, 16);

    private StubRate() {}

    public static void main(String[] args) {
        Map<ChildJvm, Integer> ports = new HashMap<>();
        try (Contest contest = new Contest("stand-in alone")) {
            for (StubKind kind : StubKind.values()) {
                ChildJvm jvm = StubServer.started(kind);
                ports.put(jvm, Integer.valueOf(jvm.read()));
                contest.enter(kind.title(), jvm);
            }
            for (int depth : DEPTHS) {
                String scenario =
                        String.format(Locale.ROOT, "%d connections, %d under way on each", CONNECTIONS, depth);
                contest.rounds(scenario, WARM_UPS, ROUNDS, jvm -> turn(jvm, ports.getOrDefault(jvm, 0), depth))
                        .forEach(row -> System.out.println(row.markdown()));
            }
        }
    }

    /** Floods a stand-in with so many requests on each connection, and returns the line of a {@link Turn}. */
    public static String turn(ChildJvm jvm, int port, int depth) {
        try (Flood flood = Flood.connected(port, CONNECTIONS, depth, BODY)) {
            long cpu = Long.parseLong(jvm.ask("cpu"));
            long begin = System.nanoTime();
            long answers = flood.run(MILLIS);
            long took = System.nanoTime() - begin;
            return new Turn(answers, took, Long.parseLong(jvm.ask("cpu")) - cpu).line();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
