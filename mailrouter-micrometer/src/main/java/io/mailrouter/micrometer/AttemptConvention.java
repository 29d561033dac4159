package io.mailrouter.micrometer;

import io.mailrouter.event.EmailEvent;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * How the observation of an attempt is named, and what it says: {@code provider}, {@code outcome} and {@code error.type}
 * with few values, {@code reference}, {@code number} and {@code code} with many. Meant to be extended where other names
 * are wanted. Safe to share between threads.
 */
public class AttemptConvention implements ObservationConvention<AttemptContext> {

    private static final String NONE = "none";

    private final BoundedWords codes = new BoundedWords();

    /** Makes the convention that is used by default. */
    public AttemptConvention() {}

    /** Returns the name of meters that a handler makes of observations: {@code mailrouter.observed.attempt}. */
    @Override
    public String getName() {
        return "mailrouter.observed.attempt";
    }

    /** Returns the name of spans: {@code mailrouter.attempt}. */
    @Override
    public String getContextualName(AttemptContext context) {
        return "mailrouter.attempt";
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof AttemptContext;
    }

    /** Returns the keys that every meter and span has; of error types no more than 50, then {@code other}. */
    @Override
    public KeyValues getLowCardinalityKeyValues(AttemptContext context) {
        return KeyValues.of(
                "provider",
                context.provider(),
                "outcome",
                context.end().map(EmailEvent.AttemptEnded::outcome).orElse(NONE),
                "error.type",
                context.getError() == null
                        ? NONE
                        : context.end()
                                .map(EmailEvent.AttemptEnded::code)
                                .map(codes::of)
                                .orElse(NONE));
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(AttemptContext context) {
        KeyValues number = KeyValues.of("number", String.valueOf(context.number()));
        return context.end()
                .map(end -> number.and("reference", end.reference(), "code", end.code()))
                .orElse(number);
    }
}
