package io.mailrouter.benchmarks.flight;

import io.mailrouter.benchmarks.contest.ChildJvm;
import io.mailrouter.benchmarks.contest.Row;
import io.mailrouter.benchmarks.contest.Spread;
import java.util.List;
import java.util.Locale;
import java.util.Scanner;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How much heap sends hold that are all under way at the same time, each with an email of 2 KB of its own, while a provider
 * lets them wait. Every send ends as accepted, or the program fails.
 *
 * <p>On a JVM with virtual threads all of them are with the provider, once through {@code trySend} on a thread that the
 * caller starts and once through {@code sendAsync}; without them {@code sendAsync} has a pool of 64, and the others wait for
 * their turn. What is held is the heap in use after a collection, less what was in use before: emails, threads, futures and
 * whatever the service keeps. The ratio is the heap of the first row to this one's.
 *
 * <p>System properties: {@code flight.sends}, and {@code flight.rounds}, each in a JVM of its own. Its heap may grow to 512
 * MB; where that was too little it is another JVM's with 1 GB, and the scenario says so.
 */
final class InFlight {

    private static final int SENDS = Integer.getInteger("flight.sends", 100_000);
    private static final int ROUNDS = Integer.getInteger("flight.rounds", 2);
    private static final List<String> HEAPS = List.of("512m", "1g");

    private InFlight() {}

    public static void main(String[] args) {
        double ours = 0;
        for (Flights flight :
                Stream.of(Flights.values()).filter(Flights::isPossible).toList()) {
            List<Held> rounds =
                    IntStream.range(0, ROUNDS).mapToObj(round -> held(flight)).toList();
            double[] bytes = rounds.stream().mapToDouble(Held::bytes).toArray();
            ours = ours == 0 ? Spread.of(bytes).median() : ours;
            System.out.println(
                    row(flight, rounds.get(0), Spread.of(bytes), ours).markdown());
        }
    }

    /** What a JVM says of its sends: bytes of heap for each, and where they were meanwhile. */
    private record Held(String heap, double bytes, int withProvider, int waiting) {}

    private static Held held(Flights flight) {
        for (String heap : HEAPS) {
            try (ChildJvm jvm = ChildJvm.started(
                    List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"),
                    Holding.class,
                    flight.name(),
                    Integer.toString(SENDS))) {
                Scanner answer = new Scanner(jvm.read());
                if (answer.hasNextLong()) {
                    return new Held(heap, answer.nextLong(), answer.nextInt(), answer.nextInt());
                }
            }
        }
        throw new IllegalStateException("the sends need more heap than " + HEAPS);
    }

    private static Row row(Flights flight, Held held, Spread bytes, double ours) {
        double megabyte = 1e6 / SENDS;
        Spread megabytes = new Spread(bytes.median() / megabyte, bytes.min() / megabyte, bytes.max() / megabyte);
        return new Row(
                "heap in flight",
                String.format(
                        Locale.ROOT,
                        "%,d sends of 2 KB, -Xmx%s, %,d with the provider, %,d waiting",
                        SENDS,
                        held.heap(),
                        held.withProvider(),
                        held.waiting()),
                flight.title(),
                megabytes.text("%,.0f") + " MB",
                "",
                String.format(Locale.ROOT, "%,.0f", bytes.median()),
                String.format(Locale.ROOT, "%.2f", ours / bytes.median()));
    }
}
