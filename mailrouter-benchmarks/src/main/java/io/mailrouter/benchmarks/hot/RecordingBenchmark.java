package io.mailrouter.benchmarks.hot;

import io.mailrouter.health.ProviderHealth;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to note an attempt: its beginning, its end, latency and error rate. */
@State(Scope.Benchmark)
public class RecordingBenchmark {

    private final ProviderHealth health = new ProviderHealth(System::nanoTime);
    private final Outcome accepted = new Outcome.Accepted("m-1");
    private final Duration elapsed = Duration.ofMillis(50);

    /** Notes an accepted one. */
    @Benchmark
    public ProviderHealth recording() {
        health.begin();
        health.end();
        health.record(accepted, elapsed);
        return health;
    }
}
