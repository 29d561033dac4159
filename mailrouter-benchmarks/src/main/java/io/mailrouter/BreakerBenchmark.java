package io.mailrouter;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to ask a closed breaker for leave, and to give it back with the result. */
@State(Scope.Benchmark)
public class BreakerBenchmark {

    private final Duration elapsed = Duration.ofMillis(50);
    private final Breaker breaker = closed(new BreakerSettings(), Time.system());

    private static Breaker closed(BreakerSettings settings, Time time) {
        FleetRule alone = new FleetRule("ses", null, settings, time, new Seldom(time));
        return new Breaker("ses", settings, alone, false, time, RandomGenerator.getDefault(), status -> {});
    }

    /** Does both. */
    @Benchmark
    @Nullable
    public Object permitAndResult() {
        Breaker.Permit permit = breaker.tryAcquire();
        if (permit != null) {
            breaker.record(permit, Signal.OK, elapsed);
        }
        return permit;
    }
}
