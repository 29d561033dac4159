package io.mailrouter.sendgrid;

import io.mailrouter.benchmarks.hot.Example;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Capabilities;
import java.time.InstantSource;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to turn an email into the body of a request, which is JSON in bytes. */
@State(Scope.Benchmark)
public class SendGridMappingBenchmark {

    /** Which email. */
    @Param
    public Example example = Example.SHORT;

    private final Capabilities capabilities = SendGridLimits.capabilities(InstantSource.system());
    private Email email = example.email();

    /** Builds it. */
    @Setup(Level.Trial)
    public void build() {
        email = example.email();
    }

    /** Writes it. */
    @Benchmark
    public Object sendgridMapping() {
        return SendGridRequest.of(email, "mr0123456789abcdef0123456789abcdef");
    }

    /** Looks whether it can be sent by SendGrid at all, as each decision does. */
    @Benchmark
    public Optional<String> sendgridFit() {
        return capabilities.unfit(email);
    }
}
