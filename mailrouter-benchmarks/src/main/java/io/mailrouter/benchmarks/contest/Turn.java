package io.mailrouter.benchmarks.contest;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Scanner;

/**
 * What a contender did in one turn.
 *
 * @param operations how many emails or messages
 * @param nanos how long it took
 * @param cpuNanos how much CPU the contender's JVM used meanwhile, all threads together, the collector's and the compiler's
 *     as well
 */
public record Turn(long operations, long nanos, long cpuNanos) {

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /** What is done in a turn. Returns how many operations that was. */
    @FunctionalInterface
    public interface Work {
        long run() throws Exception;
    }

    /** Does the work and measures it in this JVM. */
    public static Turn of(Work work) throws Exception {
        long cpu = SYSTEM.getProcessCpuTime();
        long begin = System.nanoTime();
        long operations = work.run();
        long took = System.nanoTime() - begin;
        return new Turn(operations, took, SYSTEM.getProcessCpuTime() - cpu);
    }

    double perSecond() {
        return operations * 1e9 / nanos;
    }

    double cpuMicros() {
        return cpuNanos / 1e3 / operations;
    }

    /** Returns it as a line that {@link #parse} reads, for the JVM that keeps the score. */
    public String line() {
        return operations + " " + nanos + " " + cpuNanos;
    }

    static Turn parse(String line) {
        Scanner figures = new Scanner(line);
        return new Turn(figures.nextLong(), figures.nextLong(), figures.nextLong());
    }
}
