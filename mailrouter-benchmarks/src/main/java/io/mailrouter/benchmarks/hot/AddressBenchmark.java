package io.mailrouter.benchmarks.hot;

import io.mailrouter.email.EmailAddress;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to read an address as an application writes it. */
@State(Scope.Benchmark)
public class AddressBenchmark {

    /** Read each time and not a constant, lest the compiler knew the answer. */
    public String text = "Ada Lovelace <ada@example.org>";

    /** Reads it. */
    @Benchmark
    public EmailAddress parseAddress() {
        return EmailAddress.parse(text);
    }
}
