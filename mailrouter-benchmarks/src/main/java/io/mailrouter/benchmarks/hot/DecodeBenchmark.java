package io.mailrouter.benchmarks.hot;

import io.mailrouter.email.Email;
import io.mailrouter.sqs.message.EmailMessages;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to read a queue's message: the JSON and the email that it holds, with every check of both. */
@State(Scope.Benchmark)
public class DecodeBenchmark {

    /** How long the message is, in characters. */
    @Param({"2048", "61440"})
    public int size = 2_048;

    private final EmailMessages messages = EmailMessages.upToDefaultSize();
    private String body = "";

    /** Writes the message: plain text and HTML, half of it each, with the escapes that HTML in JSON needs. */
    @Setup(Level.Trial)
    public void write() {
        String line = "<p class=\"line\">Your order is on its way and will be with you soon.</p>\n";
        String html = line.repeat(size / 2 / line.length());
        String text = "Your order is on its way and will be with you soon.\n".repeat(size / 2 / 52 - 8);
        body = EmailMessages.write(Example.SHORT
                .builder()
                .text(text)
                .html(html)
                .idempotencyKey("order-42")
                .build());
    }

    /** Reads it. */
    @Benchmark
    public Email decodeMessage() {
        return messages.read(body);
    }
}
