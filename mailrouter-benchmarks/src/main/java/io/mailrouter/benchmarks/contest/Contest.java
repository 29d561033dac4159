package io.mailrouter.benchmarks.contest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Contenders that do the same work in turns, so that whatever else the machine does meanwhile meets all of them. Each has
 * a JVM of its own from its warm-up to its last round. The first that enters is the one that all others are compared with.
 */
public final class Contest implements AutoCloseable {

    private final String benchmark;
    private final Map<String, ChildJvm> contenders = new LinkedHashMap<>();

    /** Returns one without contenders. */
    public Contest(String benchmark) {
        this.benchmark = benchmark;
    }

    /** Lets a contender take part. The contest ends its JVM. */
    public void enter(String contender, ChildJvm jvm) {
        contenders.put(contender, jvm);
    }

    /**
     * Lets each contender take its turn, in so many rounds after the warm-ups, and returns a row for each.
     *
     * @param turn asks a contender's JVM, which answers with the {@link Turn#line() line} of a turn
     */
    public List<Row> rounds(String scenario, int warmUps, int rounds, Function<ChildJvm, String> turn) {
        Map<String, List<Turn>> turns = new LinkedHashMap<>();
        for (int round = -warmUps; round < rounds; round++) {
            boolean counts = round >= 0;
            contenders.forEach((contender, jvm) -> {
                Turn one = Turn.parse(turn.apply(jvm));
                if (counts) {
                    turns.computeIfAbsent(contender, c -> new ArrayList<>()).add(one);
                }
            });
        }
        return rows(scenario, turns);
    }

    private List<Row> rows(String scenario, Map<String, List<Turn>> turns) {
        List<Row> rows = new ArrayList<>();
        double ours = 0;
        for (Map.Entry<String, List<Turn>> of : turns.entrySet()) {
            Spread rate = spread(of.getValue(), Turn::perSecond);
            ours = rows.isEmpty() ? rate.median() : ours;
            rows.add(Row.of(benchmark, scenario, of.getKey(), rate, spread(of.getValue(), Turn::cpuMicros), ours));
        }
        return rows;
    }

    private static Spread spread(List<Turn> turns, ToDoubleFunction<Turn> figure) {
        return Spread.of(turns.stream().mapToDouble(figure).toArray());
    }

    @Override
    public void close() {
        contenders.values().forEach(ChildJvm::close);
    }
}
