package io.mailrouter.benchmarks.fleet;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Accepts everything after a while, on the calling thread, as a service does that is far away. */
record WaitingProvider(String name, Duration delay, Capabilities capabilities) implements EmailProvider {

    private static final Outcome ACCEPTED = new Outcome.Accepted("m-1");

    WaitingProvider(String name, Duration delay) {
        this(
                name,
                delay,
                Capabilities.builder()
                        .features(Feature.values())
                        .honoursDeadline()
                        .build());
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        try {
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            return ACCEPTED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Unavailable("interrupted", "nothing was sent");
        }
    }

    @Override
    public void close() {}
}
