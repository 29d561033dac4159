package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A provider behind gates, each of which may pass it over before any call is made. */
@FunctionalInterface
interface GatedProvider {

    /** Makes an attempt, or passes the provider over. */
    Answer send(Email email, Attempt.Context context);

    /** What came of asking: an attempt, or none. */
    sealed interface Answer {

        /**
         * An attempt was made.
         *
         * @param outcome what it came to
         * @param elapsed how long it took
         * @param late how the call ends that goes on although the attempt has ended as unknown, if it does; its own
         *     {@code late} is empty
         */
        record Tried(Outcome outcome, Duration elapsed, Optional<CompletionStage<Tried>> late) implements Answer {

            Tried(Outcome outcome, Duration elapsed) {
                this(outcome, elapsed, Optional.empty());
            }

            /** Returns the same attempt, whose late end is noted here before whoever is further out hears of it. */
            Tried noting(Consumer<Tried> lateEnd) {
                return late.isEmpty() ? this : new Tried(outcome, elapsed, late.map(stage -> noting(stage, lateEnd)));
            }

            private static CompletionStage<Tried> noting(CompletionStage<Tried> stage, Consumer<Tried> lateEnd) {
                return stage.whenComplete((end, defect) -> {
                    if (end != null) {
                        lateEnd.accept(end);
                    }
                });
            }
        }

        /** No attempt was made. */
        record PassedOver(Skipped.Reason reason, String detail, Optional<Instant> until) implements Answer {

            /** Returns the same, for those who read which provider it was. */
            Skipped by(String provider) {
                return new Skipped(provider, reason, detail, until);
            }
        }
    }
}
