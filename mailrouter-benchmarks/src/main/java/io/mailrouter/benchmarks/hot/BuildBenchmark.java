package io.mailrouter.benchmarks.hot;

import io.mailrouter.email.Email;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to build an email from texts, with every check of every part. */
@State(Scope.Benchmark)
public class BuildBenchmark {

    /** Which email. */
    @Param
    public Example example = Example.SHORT;

    /** Builds one. */
    @Benchmark
    public Email build() {
        return example.email();
    }
}
