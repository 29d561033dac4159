package io.mailrouter.benchmarks.flight;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Accepts everything once its gate is opened, on the calling thread, and counts who waits for that. */
final class WaitingProvider implements EmailProvider {

    private static final Outcome ACCEPTED = new Outcome.Accepted("m-1");

    private final Capabilities capabilities =
            Capabilities.builder().features(Feature.values()).honoursDeadline().build();
    private final CountDownLatch gate;
    private final AtomicInteger arrived = new AtomicInteger();

    WaitingProvider(CountDownLatch gate) {
        this.gate = gate;
    }

    int arrived() {
        return arrived.get();
    }

    @Override
    public String name() {
        return "waiting";
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        arrived.incrementAndGet();
        try {
            return gate.await(context.remaining().toNanos(), TimeUnit.NANOSECONDS)
                    ? ACCEPTED
                    : new Outcome.Unknown("timeout", "nobody opened the gate");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Unavailable("interrupted", "nothing was sent");
        }
    }

    @Override
    public void close() {}
}
