package io.mailrouter.benchmarks.scale;

import com.sun.management.ThreadMXBean;
import io.mailrouter.benchmarks.contest.Row;
import io.mailrouter.benchmarks.contest.Spread;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Operations that one thread repeats in turns, so that whatever else the machine does meanwhile meets all of them. Their
 * time is the thread's CPU: it tells how one grows beside the other, and JMH tells how long each takes.
 */
final class Loops {

    private static final int WARM_UPS = Integer.getInteger("scale.warmUps", 5);
    private static final int ROUNDS = Integer.getInteger("scale.rounds", 7);
    private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(Long.getLong("scale.turnMillis", 300));
    private static final int BATCH = 100;
    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    private final String benchmark;
    private final List<Loop> loops = new ArrayList<>();

    Loops(String benchmark) {
        this.benchmark = benchmark;
    }

    /** Adds one. What it returns is kept, so that the compiler cannot leave it out. */
    void add(String scenario, Supplier<?> operation) {
        loops.add(new Loop(scenario, operation));
    }

    /** Measures all of them and returns a row for each, in the order in which they were added. */
    List<Row> rows() {
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            boolean counts = round >= 0;
            loops.forEach(loop -> loop.turn(counts));
        }
        return loops.stream().map(loop -> loop.row(benchmark)).toList();
    }

    /** One operation and what its turns have cost. */
    private static final class Loop {

        private final String scenario;
        private final Supplier<?> operation;
        private final List<Double> nanos = new ArrayList<>();
        private final List<Double> bytes = new ArrayList<>();
        private @Nullable Object last;

        Loop(String scenario, Supplier<?> operation) {
            this.scenario = scenario;
            this.operation = operation;
        }

        void turn(boolean counts) {
            long cpu = THREADS.getCurrentThreadCpuTime();
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long end = System.nanoTime() + TURN_NANOS;
            int times = 0;
            while (System.nanoTime() - end < 0) {
                for (int i = 0; i < BATCH; i++) {
                    last = operation.get();
                }
                times += BATCH;
            }
            if (counts) {
                nanos.add((double) (THREADS.getCurrentThreadCpuTime() - cpu) / times);
                bytes.add((double) (THREADS.getCurrentThreadAllocatedBytes() - allocated) / times);
            }
        }

        Row row(String benchmark) {
            if (last == null) {
                throw new IllegalStateException(scenario + " has returned nothing");
            }
            return Row.ofTime(
                    benchmark,
                    scenario,
                    "mailrouter",
                    spread(nanos, 1),
                    spread(nanos, 1e-3),
                    spread(bytes, 1).median(),
                    "");
        }

        private static Spread spread(List<Double> figures, double unit) {
            return Spread.of(
                    figures.stream().mapToDouble(figure -> figure * unit).toArray());
        }
    }
}
