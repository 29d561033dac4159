package io.mailrouter.limit;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What may be sent in one window, and how much of that is used. Not safe to share between threads. */
final class Quota {

    /** More than anyone sends, and far from where sums overflow. */
    static final long NONE = Long.MAX_VALUE / 4;

    private long limit = NONE;
    private long own;
    private long underWay;
    private long elsewhere;
    private long ownSince;
    private @Nullable Instant usedUpSince;

    void limit(long value) {
        limit = Math.min(value, NONE);
    }

    boolean isBounded() {
        return limit < NONE;
    }

    /** Begins a new window; calls under way are counted in it. */
    void begin() {
        own = 0;
        elsewhere = 0;
        ownSince = 0;
    }

    /** Notes what all who use the account have used, this node included, as somebody else has counted it. */
    void heard(long used) {
        elsewhere = Math.min(used, NONE);
        ownSince = 0;
    }

    long left() {
        return isBounded() ? Math.max(0, limit - Math.max(own, elsewhere + ownSince) - underWay) : NONE;
    }

    void reserve(long recipients) {
        underWay += recipients;
    }

    void settle(long reserved, long used) {
        underWay -= reserved;
        own += used;
        ownSince += used;
    }

    /** Returns 1 while as much is left as the window needs to its end, if it goes on like that, and up to 10. */
    double pressure(double partLeft) {
        if (!isBounded()) {
            return 1;
        }
        double due = (double) limit * partLeft;
        return 1 / Math.max(0.1, due > 0 ? Math.min(1, (double) left() / due) : 1);
    }

    /** Notes since when nothing is left. */
    void look(InstantSource clock) {
        if (left() > 0) {
            usedUpSince = null;
        } else if (usedUpSince == null) {
            usedUpSince = clock.instant();
        }
    }

    QuotaUse use(QuotaUse.Window window, Optional<Instant> resets) {
        return new QuotaUse(window, limit, left(), resets, Optional.ofNullable(usedUpSince));
    }
}
