package io.mailrouter.benchmarks.hot;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What the parts cost that a router is made of, put together by hand with nothing around them, as the measure of what
 * {@link DecisionBenchmark#acceptedSend} adds: a resilience4j breaker, a Micrometer timer and a mean latency for each of
 * three providers.
 */
@State(Scope.Benchmark)
public class BareRouterBenchmark {

    private final Email email = Example.SHORT.email();
    private final Attempt.Context context = Attempt.Context.within(Duration.ofDays(1));
    private final BareRouter router = new BareRouter(3, new SimpleMeterRegistry());

    /** Sends through a provider that costs nothing. */
    @Benchmark
    public @Nullable Outcome acceptedSend() {
        return router.send(email, context);
    }
}
