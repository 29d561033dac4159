package io.mailrouter.benchmarks.hot;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.mailrouter.benchmarks.InstantProvider;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * As little as a router can be: asks the provider of the smallest mean latency whose breaker allows it, and notes how that
 * went. No limits, no deadline, no failover, no result that says why.
 */
final class BareRouter {

    private final Line[] lines;

    BareRouter(int providers, MeterRegistry meters) {
        lines = new Line[providers];
        for (int i = 0; i < providers; i++) {
            lines[i] = new Line("provider-" + i, meters);
        }
    }

    private static final class Line {

        private final InstantProvider provider;
        private final CircuitBreaker breaker;
        private final Timer timer;
        private volatile double meanNanos = 1e6;

        Line(String name, MeterRegistry meters) {
            provider = new InstantProvider(name);
            breaker = CircuitBreaker.ofDefaults(name);
            timer = Timer.builder("send").tag("provider", name).register(meters);
        }

        void record(long nanos) {
            synchronized (this) {
                meanNanos += 0.1 * (nanos - meanNanos);
            }
            breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Returns what the provider says; nothing if no breaker allows any. */
    @Nullable
    Outcome send(Email email, Attempt.Context context) {
        Line line = best();
        if (line == null || !line.breaker.tryAcquirePermission()) {
            return null;
        }
        long begin = System.nanoTime();
        Outcome outcome = line.provider.send(email, context);
        line.record(System.nanoTime() - begin);
        return outcome;
    }

    private @Nullable Line best() {
        Line best = null;
        double least = Double.MAX_VALUE;
        for (Line line : lines) {
            double mean = line.meanNanos;
            if (mean < least && line.breaker.getState() != CircuitBreaker.State.OPEN) {
                best = line;
                least = mean;
            }
        }
        return best;
    }
}
