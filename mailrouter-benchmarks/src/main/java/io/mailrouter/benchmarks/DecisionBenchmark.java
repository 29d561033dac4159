package io.mailrouter.benchmarks;

import io.mailrouter.EmailService;
import io.mailrouter.RoutePlan;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.provider.EmailProvider;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to choose among three providers, and a whole send through one that answers at once.
 *
 * <pre>
 *   mvn -q -Pbenchmarks -pl mailrouter-benchmarks -am process-classes
 *   mvn -q -Pbenchmarks -pl mailrouter-benchmarks -am process-classes -Djmh.args="Decision.*decide -f 1"
 * </pre>
 *
 * <p>{@code gc.alloc.rate.norm} is the bytes that one operation allocates.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DecisionBenchmark {

    private static final int WARM = 100;

    private final Email email = Email.builder()
            .from("Shop <no-reply@example.com>")
            .to("ada@example.org")
            .subject("Your order")
            .text("It is on its way.")
            .build();

    private final EmailService emails = EmailService.builder()
            .provider(named("ses"))
            .provider(named("sendgrid"))
            .provider(named("smtp"))
            .build();

    private static EmailProvider named(String name) {
        return new InstantProvider(name);
    }

    /** Lets the service know its providers, so that there is something to compare. */
    @Setup(Level.Trial)
    public void send() {
        for (String name : new String[] {"ses", "sendgrid", "smtp"}) {
            Email one = email.toBuilder().onlyProviders(name).build();
            for (int i = 0; i < WARM; i++) {
                emails.send(one);
            }
        }
    }

    /** Ends the service. */
    @TearDown(Level.Trial)
    public void close() {
        emails.close();
    }

    /** The decision: who is eligible, in which order, and why the others are not. */
    @Benchmark
    public RoutePlan decide() {
        return emails.route(email);
    }

    /** The decision and all steps of a send around a provider that costs nothing. */
    @Benchmark
    public SendResult decideAndSend() {
        return emails.trySend(email);
    }
}
