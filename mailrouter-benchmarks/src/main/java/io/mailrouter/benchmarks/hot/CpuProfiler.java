package io.mailrouter.benchmarks.hot;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Tells JMH how much CPU the JVM used for an operation, all threads together: on a busy machine the time that passes says
 * more about the others.
 */
public final class CpuProfiler implements InternalProfiler {

    /** The name under which a result holds it. */
    static final String CPU = "cpu.norm";

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private long before;

    @Override
    public String getDescription() {
        return "CPU per operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = SYSTEM.getProcessCpuTime();
    }

    @Override
    public List<ScalarResult> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        double micros = (SYSTEM.getProcessCpuTime() - before)
                / 1e3
                / Math.max(1, result.getMetadata().getAllOps());
        return List.of(new ScalarResult(CPU, micros, "us/op", AggregationPolicy.AVG));
    }
}
