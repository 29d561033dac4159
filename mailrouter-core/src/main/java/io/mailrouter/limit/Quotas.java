package io.mailrouter.limit;

import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What one provider may be asked for in a day, in a month and in what its service calls the last 24 hours, in recipients.
 *
 * <p>Safe to share between threads, never blocks. Recipients are counted before the call, so that sends at the same time
 * never use more than there is, and are given back when it is sure that nothing was sent to them. Other nodes' use is
 * known as of the last exchange with them: what they have sent since then may come on top.
 */
public final class Quotas {

    /** A limit that was found and not confirmed since is forgotten: what was used then does not count any more. */
    private static final long FORGOTTEN = Duration.ofHours(24).toNanos();

    /** The mean of what is left of a window, for one that has no end. */
    private static final double HALF = 0.5;

    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private OptionalLong daily = OptionalLong.empty();
    private volatile Optional<WarmUp> warmUp = Optional.empty();
    private final Calendar days;
    private final Calendar months;
    private final Quota day = new Quota();
    private final Quota month = new Quota();
    private final Quota last24Hours = new Quota();
    private long foundAt;
    private long heardAt;
    private boolean heard;
    private volatile boolean bounded;

    /**
     * Begins with nothing used.
     *
     * @param daily the most recipients in a day, empty for no bound
     * @param monthly the most recipients in a month, empty for no bound
     * @param warmUp bounds the first days besides
     * @param clock says when a day begins
     * @param nanoTime a monotonic clock in nanoseconds, by which days pass
     */
    public Quotas(
            OptionalLong daily,
            OptionalLong monthly,
            Optional<WarmUp> warmUp,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.days = new Calendar(ChronoUnit.DAYS, clock, nanoTime);
        this.months = new Calendar(ChronoUnit.MONTHS, clock, nanoTime);
        configure(daily, monthly, warmUp);
    }

    /** Sets other quotas than those it began with; what is used stays used. */
    public final synchronized void configure(OptionalLong perDay, OptionalLong perMonth, Optional<WarmUp> schedule) {
        daily = perDay;
        warmUp = schedule;
        month.limit(perMonth.orElse(Quota.NONE));
        limitDay();
        bounded = month.isBounded() || warmUp.isPresent() || day.isBounded() || last24Hours.isBounded();
        look();
    }

    private void limitDay() {
        long cap = warmUp.map(schedule -> schedule.cap(days.date()).orElse(Quota.NONE))
                .orElse(Quota.NONE);
        day.limit(Math.min(daily.orElse(Quota.NONE), cap));
    }

    /**
     * Notes what all nodes have used, this one included. What is heard of the same exchange again changes nothing, and
     * what they had used in a day or month that has ended since does not count in the next.
     *
     * @param exchange the reading of the monotonic clock at the exchange in which that was heard
     */
    public synchronized void heard(long exchange, long today, long thisMonth) {
        if (heard && heardAt == exchange) {
            return;
        }
        turn();
        heard = true;
        heardAt = exchange;
        if (days.hasBegunBy(exchange)) {
            day.heard(today);
        }
        if (months.hasBegunBy(exchange)) {
            month.heard(thisMonth);
        }
    }

    /** Sets what the service itself allows and has counted; the stricter one of this and what is configured counts. */
    public synchronized void found(OptionalLong per24Hours, long sentLast24Hours) {
        foundAt = nanoTime.getAsLong();
        last24Hours.limit(per24Hours.orElse(Quota.NONE));
        last24Hours.begin();
        last24Hours.heard(sentLast24Hours);
        bounded |= per24Hours.isPresent();
        look();
    }

    /** Counts recipients before a call; or returns the quota that does not allow for them. */
    public synchronized Optional<QuotaUse> reserve(long recipients) {
        turn();
        if (Math.min(day.left(), Math.min(month.left(), last24Hours.left())) < recipients) {
            return refusing(recipients);
        }
        day.reserve(recipients);
        month.reserve(recipients);
        last24Hours.reserve(recipients);
        look();
        return Optional.empty();
    }

    /**
     * Ends a call.
     *
     * @param reserved how many recipients were counted for it
     * @param used for how many of them it is not sure that nothing was sent
     * @return whether a quota is used up
     */
    public synchronized boolean settle(long reserved, long used) {
        turn();
        day.settle(reserved, used);
        month.settle(reserved, used);
        last24Hours.settle(reserved, used);
        look();
        return day.left() == 0 || month.left() == 0 || last24Hours.left() == 0;
    }

    /** Says whether there is any quota. */
    public boolean isBounded() {
        return bounded;
    }

    /** Returns the quota that does not allow for so many recipients now, the one that lasts longest if there are more. */
    public Optional<QuotaUse> refusing(long recipients) {
        return bounded
                ? uses().stream().filter(use -> use.left() < recipients).reduce(Quotas::longer)
                : Optional.empty();
    }

    /** Returns a quota of which nothing is left, the one that lasts longest if there are more. */
    public Optional<QuotaUse> usedUp() {
        return refusing(1);
    }

    private static QuotaUse longer(QuotaUse one, QuotaUse other) {
        boolean isOther = other.resets().isPresent()
                && one.resets().filter(end -> end.isAfter(other.resets().get())).isEmpty();
        return isOther ? other : one;
    }

    /** Returns how far each quota is used that there is. */
    public synchronized List<QuotaUse> uses() {
        turn();
        List<QuotaUse> uses = new ArrayList<>(3);
        if (day.isBounded()) {
            uses.add(day.use(QuotaUse.Window.DAY, Optional.of(days.ends())));
        }
        if (month.isBounded()) {
            uses.add(month.use(QuotaUse.Window.MONTH, Optional.of(months.ends())));
        }
        if (last24Hours.isBounded()) {
            uses.add(last24Hours.use(QuotaUse.Window.LAST_24_HOURS, Optional.empty()));
        }
        return uses;
    }

    /** Returns how much the provider should be spared, 1 to 10: as the quota asks for that is the shortest. */
    public double pressure() {
        if (!bounded) {
            return 1;
        }
        synchronized (this) {
            turn();
            return Math.max(
                    day.pressure(days.left()), Math.max(month.pressure(months.left()), last24Hours.pressure(HALF)));
        }
    }

    /** Returns which share of its usual emails the provider gets today. */
    public double share() {
        Optional<WarmUp> schedule = warmUp;
        if (schedule.isEmpty()) {
            return 1;
        }
        synchronized (this) {
            turn();
            return schedule.get().share(days.date());
        }
    }

    private void turn() {
        if (days.turned()) {
            day.begin();
            limitDay();
        }
        if (months.turned()) {
            month.begin();
        }
        if (last24Hours.isBounded() && nanoTime.getAsLong() - foundAt > FORGOTTEN) {
            last24Hours.limit(Quota.NONE);
        }
        look();
    }

    private void look() {
        if (bounded) {
            day.look(clock);
            month.look(clock);
            last24Hours.look(clock);
        }
    }
}
