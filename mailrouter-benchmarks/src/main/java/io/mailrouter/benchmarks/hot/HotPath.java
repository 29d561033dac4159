package io.mailrouter.benchmarks.hot;

import io.mailrouter.benchmarks.contest.Row;
import io.mailrouter.benchmarks.contest.Spread;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/**
 * What JMH says of one benchmark with one set of parameters.
 *
 * @param scenario its method and parameters, for people
 * @param nanos how long an operation takes
 * @param cpuMicros how much CPU an operation takes
 * @param bytes how much an operation allocates
 */
record HotPath(String scenario, Spread nanos, Spread cpuMicros, double bytes) {

    static final String BENCHMARK = "hot path";
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    static HotPath of(RunResult run) {
        BenchmarkParams params = run.getParams();
        String name = params.getBenchmark();
        String values = params.getParamsKeys().stream()
                .map(key -> ", " + key + " " + params.getParam(key).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining());
        return new HotPath(
                words(name.substring(name.lastIndexOf('.') + 1)) + values,
                spread(run.getPrimaryResult().getStatistics()),
                spread(secondary(run, CpuProfiler.CPU)),
                secondary(run, ALLOCATED).getMean());
    }

    private static Statistics secondary(RunResult run, String name) {
        return Objects.requireNonNull(run.getSecondaryResults().get(name), name).getStatistics();
    }

    private static Spread spread(Statistics rounds) {
        return new Spread(rounds.getPercentile(50), rounds.getMin(), rounds.getMax());
    }

    /** Returns a method's name as a person would write it. */
    private static String words(String name) {
        return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    }

    Row row(String contender, String ratio) {
        return Row.ofTime(BENCHMARK, scenario, contender, nanos, cpuMicros, bytes, ratio);
    }
}
