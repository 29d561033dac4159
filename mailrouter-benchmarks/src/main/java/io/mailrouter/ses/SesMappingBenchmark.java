package io.mailrouter.ses;

import io.mailrouter.benchmarks.hot.Example;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Capabilities;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import software.amazon.awssdk.services.sesv2.model.SendEmailRequest;

/** What it costs to turn an email into the request that the SDK takes. What the SDK makes of that is not in it. */
@State(Scope.Benchmark)
public class SesMappingBenchmark {

    /** Which email. */
    @Param
    public Example example = Example.SHORT;

    private final Capabilities capabilities = SesLimits.capabilities();
    private Email email = example.email();

    /** Builds it. */
    @Setup(Level.Trial)
    public void build() {
        email = example.email();
    }

    /** Maps it. */
    @Benchmark
    public SendEmailRequest sesMapping() {
        return SesRequest.of(email, "mr0123456789abcdef0123456789abcdef", "").build();
    }

    /** Looks whether it can be sent by SES at all, as each decision does. */
    @Benchmark
    public Optional<String> sesFit() {
        return capabilities.unfit(email);
    }
}
