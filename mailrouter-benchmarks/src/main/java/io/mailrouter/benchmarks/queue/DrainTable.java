package io.mailrouter.benchmarks.queue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The figures of all rounds as a table: medians, minimum and maximum, and the consumer's ratio to each. */
final class DrainTable {

    private final int messages;
    private final Map<Contenders, List<Turn>> turns = new EnumMap<>(Contenders.class);

    /**
     * What one drain took.
     *
     * @param rate messages per second
     * @param cpu microseconds of the client's CPU per message
     */
    private record Turn(double rate, double cpu) {}

    private record Spread(double median, double min, double max) {

        static Spread of(Collection<Turn> turns, ToDoubleFunction<Turn> figure) {
            double[] sorted = turns.stream().mapToDouble(figure).sorted().toArray();
            return new Spread(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
        }
    }

    DrainTable(int messages) {
        this.messages = messages;
    }

    void add(Contenders name, long nanos, long cpuNanos) {
        turns.computeIfAbsent(name, n -> new ArrayList<>())
                .add(new Turn(messages * 1e9 / nanos, cpuNanos / 1e3 / messages));
    }

    String markdown() {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                """

                Draining %,d messages of 2 KB from ElasticMQ; JDK %s, %d cores.

                | contender | decodes and sends | messages/s, median (min to max) | mailrouter / this | client CPU per message, us, median (min to max) |
                |---|---|---|---|---|
                """,
                messages,
                Runtime.version(),
                Runtime.getRuntime().availableProcessors()));
        turns.forEach((name, of) -> table.append(row(name, of)));
        return table.toString();
    }

    private String row(Contenders name, List<Turn> of) {
        Spread rate = Spread.of(of, Turn::rate);
        Spread cpu = Spread.of(of, Turn::cpu);
        return String.format(
                Locale.ROOT,
                "| %s | %s | %,.0f (%,.0f to %,.0f) | %s | %.1f (%.1f to %.1f) |%n",
                name.title(),
                name.decodes() ? "yes" : "no",
                rate.median,
                rate.min,
                rate.max,
                ratio(rate.median),
                cpu.median,
                cpu.min,
                cpu.max);
    }

    private String ratio(double other) {
        List<Turn> ours = turns.getOrDefault(Contenders.MAILROUTER, List.of());
        return ours.isEmpty() ? "" : String.format(Locale.ROOT, "%.2f", Spread.of(ours, Turn::rate).median / other);
    }
}
