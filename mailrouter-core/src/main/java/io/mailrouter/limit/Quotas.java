package io.mailrouter.limit;

import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one provider may be asked for in a day, in a month and in what its service calls the last 24 hours, in recipients.
 *
 * <p>Safe to share between threads, never blocks. Recipients are counted before the call, so that sends at the same time
 * never use more than there is, and are given back when it is sure that nothing was sent to them. Other nodes' use is
 * known as of the last exchange with them: what they have sent since then may come on top, unless {@link LeasedQuotas}
 * divides what is left.
 */
public final class Quotas {

    /** A limit that was found and not confirmed since is forgotten: what was used then does not count any more. */
    private static final long FORGOTTEN = Duration.ofHours(24).toNanos();

    /** The mean of what is left of a window, for one that has no end. */
    private static final double HALF = 0.5;

    /** What nearly every email asks for. */
    private static final Taken ONE = new Taken.Recipients(0, 1, Optional.empty());

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
    private @Nullable Purse purse;

    /** What came of asking for recipients. */
    public sealed interface Taken {

        /** A quota does not allow for them. */
        record Refused(QuotaUse quota) implements Taken {}

        /** The fleet has not said yet whether there are so many. */
        record Unanswered() implements Taken {}

        /**
         * They are counted from now on.
         *
         * @param leased how many of them the fleet has granted
         * @param own how many it knows nothing of
         * @param grant the last grant of those that were leased, if any were
         */
        record Recipients(long leased, long own, Optional<SharedLimits.QuotaGrant> grant) implements Taken {}
    }

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
        day.limit(dayLimit(days.date()));
    }

    private long dayLimit(LocalDate date) {
        long cap = warmUp.map(schedule -> schedule.cap(date).orElse(Quota.NONE)).orElse(Quota.NONE);
        return Math.min(daily.orElse(Quota.NONE), cap);
    }

    /**
     * Notes what all nodes have used, this one included. What is heard of the same exchange again changes nothing, and
     * what they had used in a day or month that has ended since does not count in the next.
     *
     * @param exchange the reading of the monotonic clock at the exchange in which that was heard
     */
    public synchronized void heard(long exchange, long today, long thisMonth) {
        if (heard && (purse == null ? heardAt == exchange : exchange - heardAt <= 0)) {
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

    /** Counts recipients before a call; or says which quota does not allow for them. */
    public Taken take(long recipients) {
        Optional<QuotaUse> refused = reserve(recipients);
        return refused.isPresent()
                ? new Taken.Refused(refused.get())
                : recipients == 1 ? ONE : new Taken.Recipients(0, recipients, Optional.empty());
    }

    /** Counts recipients before a call; or returns the quota that does not allow for them. */
    public synchronized Optional<QuotaUse> reserve(long recipients) {
        turn();
        if (leftByOwn(1) < recipients) {
            return refusing(recipients);
        }
        count(recipients);
        return Optional.empty();
    }

    private void count(long recipients) {
        day.reserve(recipients);
        month.reserve(recipients);
        last24Hours.reserve(recipients);
        look();
    }

    /** Returns how many one of so many nodes may send to that cannot ask the others. */
    private long leftByOwn(int among) {
        return Math.min(day.left(among), Math.min(month.left(among), last24Hours.left(among)));
    }

    private long left(Quota window) {
        if (purse == null || !window.isBounded()) {
            return window.left(1);
        }
        return window == last24Hours ? Math.min(window.left(1), purse.leftOf24Hours(window)) : purse.left(window);
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
        return left(day) == 0 || left(month) == 0 || left(last24Hours) == 0;
    }

    /** From now on what is granted to this purse is what may be used. The methods below are for whoever fills it. */
    synchronized void lease(Purse filled) {
        purse = filled;
    }

    /** Counts recipients that nobody has granted, if one of so many nodes may use so many. */
    boolean takeOwn(long recipients, int among) {
        return takeOwn(recipients, leftByOwn(among));
    }

    /** As {@link #takeOwn}, of what is not leased. */
    boolean takeSpare(long recipients, int among) {
        return takeOwn(recipients, Math.min(last24Hours.left(among), Math.min(day.spare(among), month.spare(among))));
    }

    private boolean takeOwn(long recipients, long left) {
        if (left < recipients) {
            return false;
        }
        count(recipients);
        return true;
    }

    /** Counts recipients that were granted, if the service itself allows for them. */
    boolean takeLeased(long recipients) {
        boolean allowed = last24Hours.left(1) >= recipients;
        if (allowed) {
            last24Hours.reserve(recipients);
        }
        return allowed;
    }

    /** Ends a call: what was used counts as granted as far as it was. */
    void settle(Taken.Recipients taken, long usedLeased, long usedOwn) {
        day.settle(taken.own(), usedOwn);
        month.settle(taken.own(), usedOwn);
        last24Hours.settle(taken.own() + taken.leased(), usedOwn + usedLeased);
        look();
    }

    /** Returns how many all nodes together may lease on a day. */
    SharedLimits.Windows toLease(LocalDate date) {
        Quota onThatDay = new Quota();
        onThatDay.limit(dayLimit(date));
        return new SharedLimits.Windows(onThatDay.leased(), month.leased(), last24Hours.leased());
    }

    /** Says whether it depends on the day how many all nodes may have. */
    boolean dependsOnDay() {
        return warmUp.isPresent();
    }

    LocalDate date() {
        return days.date();
    }

    /** Returns what all are known to have used, the last of it as the fleet has said. */
    SharedLimits.Windows known(long usedIn24Hours) {
        return new SharedLimits.Windows(day.heard(), month.heard(), usedIn24Hours);
    }

    /** Notes what all have used, as of now. */
    void heardNow(long today, long thisMonth) {
        heard = true;
        heardAt = nanoTime.getAsLong();
        day.heard(today);
        month.heard(thisMonth);
    }

    /** The fleet's day has ended, which is what counts with a fleet. */
    void dayEnded(long at) {
        heard = true;
        heardAt = at;
        day.heard(0);
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

    /** Returns the quota of which the least is left. */
    QuotaUse shortest() {
        return uses().stream()
                .min(Comparator.comparingLong(QuotaUse::left))
                .orElseThrow(() -> new IllegalStateException("there is no quota"));
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
            uses.add(day.use(QuotaUse.Window.DAY, left(day), Optional.of(days.ends())));
        }
        if (month.isBounded()) {
            uses.add(month.use(QuotaUse.Window.MONTH, left(month), Optional.of(months.ends())));
        }
        if (last24Hours.isBounded()) {
            uses.add(last24Hours.use(QuotaUse.Window.LAST_24_HOURS, left(last24Hours), Optional.empty()));
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
                    day.pressure(left(day), days.left()),
                    Math.max(
                            month.pressure(left(month), months.left()), last24Hours.pressure(left(last24Hours), HALF)));
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

    void turn() {
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
            day.look(left(day), clock);
            month.look(left(month), clock);
            last24Hours.look(left(last24Hours), clock);
        }
    }
}
