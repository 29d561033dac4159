package io.mailrouter.benchmarks.hot;

import io.mailrouter.EmailService;
import io.mailrouter.RoutePlan;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to choose among providers, and a whole send through one that costs nothing. The service is one with the
 * defaults, by latency, and it has seen a hundred sends through each of its providers.
 */
@State(Scope.Benchmark)
public class DecisionBenchmark {

    /** How many providers. */
    @Param({"1", "3", "10"})
    public int providers = 3;

    private final Email email = Example.SHORT.email();
    private EmailService emails = Services.instant(3);

    /** Builds the service, and lets it know its providers, so that there is something to compare. */
    @Setup(Level.Trial)
    public void begin() {
        emails.close();
        emails = Services.instant(providers);
    }

    /** Ends the service. */
    @TearDown(Level.Trial)
    public void close() {
        emails.close();
    }

    /** The decision: who is eligible, in which order, and why the others are not. */
    @Benchmark
    public RoutePlan decision() {
        return emails.route(email);
    }

    /** The decision and all steps of a send. */
    @Benchmark
    public SendResult acceptedSend() {
        return emails.trySend(email);
    }
}
