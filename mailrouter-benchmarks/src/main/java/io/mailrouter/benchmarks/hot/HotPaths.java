package io.mailrouter.benchmarks.hot;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs every JMH benchmark of this module, or those that the arguments name as regular expressions, and tells of them in
 * rows: nanoseconds, CPU and bytes allocated per operation.
 *
 * <pre>
 *   mvn -q -ntp -Pbenchmarks -pl mailrouter-benchmarks -am process-classes
 *   mvn -q -ntp -Pbenchmarks -pl mailrouter-benchmarks -am process-classes -Djmh.args="Decision Bare"
 * </pre>
 *
 * <p>Each has one JVM and one thread. The system properties {@code hot.warmUps} and {@code hot.rounds} say how many
 * iterations there are, 3 and 5 by default, and {@code hot.millis} how long each takes, 700 by default: four minutes in
 * all.
 */
public final class HotPaths {

    private static final int WARM_UPS = Integer.getInteger("hot.warmUps", 3);
    private static final int ROUNDS = Integer.getInteger("hot.rounds", 5);
    private static final TimeValue TIME = TimeValue.milliseconds(Long.getLong("hot.millis", 700));

    private HotPaths() {}

    /** Prints a row for each benchmark, and what follows from several. */
    public static void main(String[] args) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(1)
                .warmupIterations(WARM_UPS)
                .warmupTime(TIME)
                .measurementIterations(ROUNDS)
                .measurementTime(TIME)
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        Stream.of(args).forEach(options::include);
        List<HotPath> paths =
                new Runner(options.build()).run().stream().map(HotPath::of).toList();
        new HotTable(paths).rows().forEach(row -> System.out.println(row.markdown()));
    }
}
