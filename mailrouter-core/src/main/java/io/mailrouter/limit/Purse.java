package io.mailrouter.limit;

import io.mailrouter.limit.SharedLimits.QuotaGrant;
import io.mailrouter.limit.SharedLimits.QuotaRequest;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a node has been granted of a provider's quotas and not used yet. Not safe to share between threads. */
final class Purse {

    /** More is asked for when so little of the last grant is left. */
    private static final double LOW = 0.3;

    /** How long what the fleet said about the last 24 hours is taken for true: nothing else tells of it. */
    private static final long FRESH = Duration.ofSeconds(30).toNanos();

    final Asking<QuotaRequest> asking = new Asking<>();
    private long held;
    private @Nullable QuotaGrant last;
    private long endsAt;
    private boolean knowsDay;
    private long leftOf24Hours = SharedLimits.UNBOUNDED;
    private long answeredAt;
    private long demand;
    private int nodes = 1;
    private long now;

    /** Brings it up to a time. Returns what is of no use any more because its day has ended. */
    long pass(long time) {
        now = time;
        asking.pass(time);
        if (!knowsDay || now - endsAt < 0) {
            return 0;
        }
        knowsDay = false;
        return take(held);
    }

    /** Says whether the fleet's day is known and has not ended. */
    boolean knowsDay() {
        return knowsDay;
    }

    /** Returns when the day that was known last ends, on the monotonic clock. */
    long endsAt() {
        return endsAt;
    }

    /** Returns the last grant that was not empty, or the first answer. */
    Optional<QuotaGrant> last() {
        return Optional.ofNullable(last);
    }

    long held() {
        return held;
    }

    int nodes() {
        return nodes;
    }

    void nodes(int alive) {
        nodes = Math.max(1, alive);
    }

    /** Takes out no more than there is, and returns how many. */
    long take(long recipients) {
        long taken = Math.min(held, recipients);
        held -= taken;
        return taken;
    }

    /** Puts back what was not used. Returns whether it may still be used. */
    boolean putBack(long recipients, Optional<QuotaGrant> grant) {
        boolean sameDay =
                knowsDay && last != null && grant.isPresent() && grant.get().day() == last.day();
        held += sameDay ? recipients : 0;
        return sameDay;
    }

    boolean isLow() {
        return last == null || held < LOW * (double) Math.max(1, last.recipients());
    }

    /** Notes that a send waits for so many. */
    void waits(long recipients) {
        demand += recipients;
    }

    /** Returns how many sends have waited for since the last question. */
    long demand() {
        long all = demand;
        demand = 0;
        return all;
    }

    /** Notes an answer. */
    void answer(Asking.Question<QuotaRequest> question, QuotaGrant grant) {
        asking.answered();
        answeredAt = now;
        // The fleet's clock was set: what was granted on another day is not counted in this one.
        if (last != null && last.day() != grant.day()) {
            held = 0;
        }
        held += grant.recipients();
        nodes(grant.nodes());
        leftOf24Hours = grant.left().last24Hours();
        // Counted from before the question, so that nothing is used after the fleet's midnight.
        endsAt = question.at + grant.endsIn().toNanos();
        knowsDay = true;
        if (grant.recipients() > 0 || last == null || last.day() != grant.day()) {
            last = grant;
        }
        boolean otherDay = question.request.day().orElse(grant.day()) != grant.day();
        if (grant.recipients() < question.request.least() && !otherDay) {
            asking.pause();
        }
    }

    /** Returns how many more this node may use of a window's quota. */
    long left(Quota window) {
        if (asking.isJoining()) {
            return window.left(1);
        }
        return held + (asking.isAway() ? window.left(nodes) : window.leasable());
    }

    /** As {@link #left}, of a window of which the fleet tells only in its answers. */
    long leftOf24Hours(Quota window) {
        if (asking.isJoining() || asking.isAway()) {
            return left(window);
        }
        boolean fresh = now - answeredAt < FRESH && leftOf24Hours < SharedLimits.UNBOUNDED;
        return fresh ? held + Math.max(0, leftOf24Hours) : SharedLimits.UNBOUNDED;
    }
}
