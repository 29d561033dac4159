package io.mailrouter.micrometer;

import io.mailrouter.event.EmailEvent;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * How the observation of a send is named, and what it says: {@code provider} and {@code outcome} with few values, {@code
 * reference} with many. Meant to be extended where other names are wanted. Safe to share between threads.
 */
public class SendConvention implements ObservationConvention<SendContext> {

    private static final String NONE = "none";

    /** Makes the convention that is used by default. */
    public SendConvention() {}

    /** Returns the name of meters that a handler makes of observations: {@code mailrouter.observed.send}. */
    @Override
    public String getName() {
        return "mailrouter.observed.send";
    }

    /** Returns the name of spans: {@code mailrouter.send}. */
    @Override
    public String getContextualName(SendContext context) {
        return "mailrouter.send";
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof SendContext;
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(SendContext context) {
        String provider = context.end().map(EmailEvent.SendEnded::provider).orElse("");
        return KeyValues.of(
                "provider",
                provider.isEmpty() ? NONE : provider,
                "outcome",
                context.end().map(EmailEvent.SendEnded::result).orElse(NONE));
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(SendContext context) {
        return context.end()
                .map(end -> KeyValues.of("reference", end.reference()))
                .orElseGet(KeyValues::empty);
    }
}
