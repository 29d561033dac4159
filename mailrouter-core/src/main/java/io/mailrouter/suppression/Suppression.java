package io.mailrouter.suppression;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Why an address gets no email, and for how long.
 *
 * @param reason why
 * @param since since when, for people
 * @param until when it ends; none for never
 */
public record Suppression(Reason reason, Instant since, Optional<Instant> until) {

    /** Why an address gets no email. */
    public enum Reason {
        /** Its service said that it does not exist. */
        HARD_BOUNCE,
        /** Its owner reported an email as spam. */
        COMPLAINT,
        /** Its owner asked not to get any more. */
        UNSUBSCRIBE,
        /** Somebody of ours put it on the list. */
        MANUAL,
        /** Another reason, or one that the list does not keep. */
        OTHER;

        /** Returns the name as it stands in metrics and dead letters, such as {@code hard_bounce}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws IllegalArgumentException when it ends before it begins */
    public Suppression {
        if (until.filter(end -> !end.isAfter(since)).isPresent()) {
            throw new IllegalArgumentException("until is not after since: a suppression needs to last");
        }
    }

    /** Returns a suppression that never ends. */
    public static Suppression forGood(Reason reason, Instant since) {
        return new Suppression(reason, since, Optional.empty());
    }

    /** Says whether it has ended. */
    public boolean isOver(Instant now) {
        return until.filter(end -> !end.isAfter(now)).isPresent();
    }

    /** Says whether it ends later than another. */
    public boolean outlasts(Suppression other) {
        return other.until.isPresent() && (until.isEmpty() || until.get().isAfter(other.until.get()));
    }
}
