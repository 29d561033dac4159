package io.mailrouter.limit;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What may be sent in one window, and how much of that is used. Not safe to share between threads. */
final class Quota {

    /** More than anyone sends, and far from where sums overflow. */
    static final long NONE = Long.MAX_VALUE / 4;

    /** One in so many is not leased, for nodes that cannot reach their fleet. */
    private static final long RESERVE = 50;

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

    /** Returns what all are known to have used. */
    long heard() {
        return elsewhere;
    }

    /** Returns how much one of so many may use that cannot ask the others. */
    long left(int among) {
        if (!isBounded()) {
            return NONE;
        }
        long byOwn = limit - own;
        long byAll = Math.max(0, limit - elsewhere) / among - ownSince;
        return Math.max(0, Math.min(byOwn, byAll) - underWay);
    }

    /** Returns how much one of so many may use of what is not leased. */
    long spare(int among) {
        return isBounded() ? Math.min(left(among), Math.max(0, limit / RESERVE / among - own - underWay)) : NONE;
    }

    /** Returns how much all together may lease. */
    long leased() {
        return isBounded() ? limit - limit / RESERVE : NONE;
    }

    /** Returns how much is left to lease. */
    long leasable() {
        return isBounded() ? Math.max(0, leased() - elsewhere) : NONE;
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
    double pressure(long left, double partLeft) {
        if (!isBounded()) {
            return 1;
        }
        double due = (double) limit * partLeft;
        return 1 / Math.max(0.1, due > 0 ? Math.min(1, (double) left / due) : 1);
    }

    /** Notes since when nothing is left. */
    void look(long left, InstantSource clock) {
        if (left > 0) {
            usedUpSince = null;
        } else if (usedUpSince == null) {
            usedUpSince = clock.instant();
        }
    }

    QuotaUse use(QuotaUse.Window window, long left, Optional<Instant> resets) {
        return new QuotaUse(window, limit, left, resets, Optional.ofNullable(usedUpSince));
    }
}
