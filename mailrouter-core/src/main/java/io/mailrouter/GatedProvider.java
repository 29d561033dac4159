package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A provider behind gates, each of which may pass it over before any call is made. */
@FunctionalInterface
interface GatedProvider {

    Answer send(Email email, Attempt.Context context);

    /** What came of asking: an attempt, or none. */
    sealed interface Answer {

        record Tried(Outcome outcome, Duration elapsed) implements Answer {}

        record PassedOver(Skipped.Reason reason, String detail, Optional<Instant> until) implements Answer {}
    }
}
