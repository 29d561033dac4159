package io.mailrouter.limit;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * How far one quota of a provider is used, in recipients.
 *
 * @param window the time for which it counts
 * @param limit how many may be sent to in that time
 * @param left how many more may be sent to now, 0 at least
 * @param resets when the next window begins; empty where the window moves on by itself
 * @param usedUpSince since when nothing is left, if so
 */
public record QuotaUse(Window window, long limit, long left, Optional<Instant> resets, Optional<Instant> usedUpSince) {

    /** The time for which a quota counts. */
    public enum Window {
        /** A day, which begins at midnight UTC. */
        DAY,
        /** A calendar month, UTC. */
        MONTH,
        /** Any 24 hours, as the service counts them. */
        LAST_24_HOURS;

        /** Returns the name as it stands in texts and metrics, such as {@code last_24_hours}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Says whether nothing is left. */
    public boolean isUsedUp() {
        return left == 0;
    }
}
