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
 * lets them wait. The heap may not grow beyond 512 MB, and every send ends as accepted.
 *
 * <p>On a JVM with virtual threads all of them are with the provider, once through {@code trySend} on a thread that the
 * caller starts and once through {@code sendAsync}; without them {@code sendAsync} has a pool of 64, and the others wait for
 * their turn. What is held is the heap in use after a collection, less what was in use before: emails, threads, futures and
 * whatever the service keeps. The ratio is the heap of the first row to this one's.
 *
 * <p>System properties: {@code flight.sends}, {@code flight.rounds}, each round in a JVM of its own.
 */
final class InFlight {

    private static final int SENDS = Integer.getInteger("flight.sends", 100_000);
    private static final int ROUNDS = Integer.getInteger("flight.rounds", 3);
    private static final List<String> HEAP = List.of("-Xmx512m");

    private InFlight() {}

    public static void main(String[] args) {
        List<Flights> flights =
                Stream.of(Flights.values()).filter(Flights::isPossible).toList();
        double ours = 0;
        for (Flights flight : flights) {
            List<String> rounds =
                    IntStream.range(0, ROUNDS).mapToObj(round -> held(flight)).toList();
            Spread bytes =
                    Spread.of(rounds.stream().mapToDouble(InFlight::bytes).toArray());
            ours = ours == 0 ? bytes.median() : ours;
            System.out.println(
                    row(flight, rounds.get(0), bytes, ours / bytes.median()).markdown());
        }
    }

    private static String held(Flights flight) {
        try (ChildJvm jvm = ChildJvm.started(HEAP, Holding.class, flight.name(), Integer.toString(SENDS))) {
            return jvm.read();
        }
    }

    private static double bytes(String held) {
        return new Scanner(held).nextDouble();
    }

    private static Row row(Flights flight, String held, Spread bytes, double ratio) {
        Scanner counts = new Scanner(held).skip("\\d+");
        return new Row(
                "heap in flight",
                String.format(
                        Locale.ROOT,
                        "%,d sends of 2 KB, %,d with the provider, %,d waiting",
                        SENDS,
                        counts.nextInt(),
                        counts.nextInt()),
                flight.title(),
                new Spread(megabytes(bytes.median()), megabytes(bytes.min()), megabytes(bytes.max())).text("%,.0f")
                        + " MB",
                "",
                String.format(Locale.ROOT, "%,.0f", bytes.median()),
                String.format(Locale.ROOT, "%.2f", ratio));
    }

    private static double megabytes(double bytesEach) {
        return bytesEach * SENDS / 1e6;
    }
}
