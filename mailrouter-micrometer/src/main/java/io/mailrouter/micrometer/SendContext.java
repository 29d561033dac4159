package io.mailrouter.micrometer;

import io.mailrouter.event.EmailEvent;
import io.micrometer.observation.Observation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an observation of a send knows, for conventions and handlers. */
public final class SendContext extends Observation.Context {

    private volatile EmailEvent.@Nullable SendEnded end;

    SendContext() {}

    /** Returns how the send ended; nothing while it goes on, or if a defect ended it. */
    public Optional<EmailEvent.SendEnded> end() {
        return Optional.ofNullable(end);
    }

    void end(EmailEvent.SendEnded event) {
        end = event;
    }
}
