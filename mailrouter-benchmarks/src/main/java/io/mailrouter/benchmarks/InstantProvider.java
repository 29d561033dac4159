package io.mailrouter.benchmarks;

import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;

/** Accepts everything at once, on the calling thread. */
public final class InstantProvider implements EmailProvider {

    private static final Outcome ACCEPTED = new Outcome.Accepted("m-1");

    private final String name;
    private final Capabilities capabilities =
            Capabilities.builder().features(Feature.values()).honoursDeadline().build();

    /** Returns one of that name. */
    public InstantProvider(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Capabilities capabilities() {
        return capabilities;
    }

    @Override
    public Outcome send(Email email, Attempt.Context context) {
        return ACCEPTED;
    }

    @Override
    public void close() {}
}
