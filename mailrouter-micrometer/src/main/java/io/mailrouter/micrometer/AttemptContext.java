package io.mailrouter.micrometer;

import io.mailrouter.event.EmailEvent;
import io.micrometer.observation.Observation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an observation of an attempt knows, for conventions and handlers. */
public final class AttemptContext extends Observation.Context {

    private final String provider;
    private final int number;
    private volatile EmailEvent.@Nullable AttemptEnded end;

    AttemptContext(String provider, int number) {
        this.provider = provider;
        this.number = number;
    }

    /** Returns the name of the provider that is tried. */
    public String provider() {
        return provider;
    }

    /** Returns 1 for the first attempt of a send, 2 for the next. */
    public int number() {
        return number;
    }

    /** Returns how the attempt ended; nothing while it goes on, or if no thread was free for it. */
    public Optional<EmailEvent.AttemptEnded> end() {
        return Optional.ofNullable(end);
    }

    void end(EmailEvent.AttemptEnded event) {
        end = event;
    }
}
