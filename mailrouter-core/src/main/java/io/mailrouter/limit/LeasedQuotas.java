package io.mailrouter.limit;

import io.mailrouter.limit.Quotas.Taken;
import io.mailrouter.limit.SharedLimits.QuotaGrant;
import io.mailrouter.limit.SharedLimits.QuotaRequest;
import io.mailrouter.limit.SharedLimits.Windows;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The part of one provider's quotas that this node has been granted by its fleet, so that all nodes together never use
 * more than there is.
 *
 * <p>Safe to share between threads. Recipients are granted many at a time, and more of them are asked for beside the sends
 * before they run out: 500, or what the rate allows for in 2 s, or as much as lets every node have four times that,
 * whichever is least. One in 50 is never granted.
 *
 * <p>While the fleet takes longer to answer than a send waits, 50 ms, a node uses what it has been granted, and then its
 * share of that one in 50, so that all together still keep to the quota. While it cannot be reached, a node uses its share of
 * all that was left when it last heard: as much as if every node that was alive then did the same. What that adds up to is
 * told the fleet when it answers again, and nothing is asked for before that. A node that never heard from its fleet, which it waits 2.5 s for, has the whole quota
 * to itself, as if it had none.
 */
public final class LeasedQuotas {

    private static final long MOST = 500;
    private static final double RATE_SECONDS = 2;

    private final Quotas quotas;
    private final String provider;
    private final SharedLimits shared;
    private final Supplier<OptionalDouble> rate;
    private final LongSupplier nanoTime;
    private final Purse purse = new Purse();
    private OptionalLong counted = OptionalLong.empty();
    private boolean closed;

    /**
     * Begins without any grant.
     *
     * @param quotas what all nodes together may use; their lock is this one's
     * @param shared must not throw
     * @param rate how many recipients the provider may be asked for in a second
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public LeasedQuotas(
            Quotas quotas, String provider, SharedLimits shared, Supplier<OptionalDouble> rate, LongSupplier nanoTime) {
        this.quotas = quotas;
        this.provider = provider;
        this.shared = shared;
        this.rate = rate;
        this.nanoTime = nanoTime;
        quotas.lease(purse);
    }

    /** Asks for a first grant, if there is any quota. Does not wait for it. */
    public void begin() {
        synchronized (quotas) {
            pass();
            if (quotas.isBounded()) {
                ask(1);
            }
        }
        send();
    }

    /**
     * Counts recipients before a call; or says why not. Waits for the fleet where that decides and is still to answer:
     * for 50 ms, and longer only at the start, when nothing is known, and only as long as the caller is patient.
     */
    public Taken take(long recipients, Duration patience) throws InterruptedException {
        Taken taken = tryTake(recipients);
        Duration left = patience(patience);
        while (taken instanceof Taken.Unanswered && left.compareTo(Duration.ZERO) > 0) {
            long begun = nanoTime.getAsLong();
            if (!answersWithin(left)) {
                return tryTake(recipients);
            }
            left = left.minusNanos(nanoTime.getAsLong() - begun);
            taken = tryTake(recipients);
        }
        return taken;
    }

    private Duration patience(Duration own) {
        synchronized (quotas) {
            return purse.asking.patience(own);
        }
    }

    private boolean answersWithin(Duration left) throws InterruptedException {
        Asking.Question<QuotaRequest> question;
        Duration patience;
        synchronized (quotas) {
            pass();
            question = purse.asking.question();
            patience = purse.asking.budget(left);
        }
        if (question == null || question.endsWithin(patience)) {
            return true;
        }
        synchronized (quotas) {
            purse.asking.late(question);
        }
        return false;
    }

    /** What is asked may be answered at once. */
    private Taken tryTake(long recipients) {
        Taken taken;
        do {
            synchronized (quotas) {
                taken = taken(recipients);
            }
        } while (send() && taken instanceof Taken.Unanswered);
        return taken;
    }

    private Taken taken(long recipients) {
        pass();
        if (!quotas.isBounded()) {
            quotas.takeOwn(recipients, 1);
            return new Taken.Recipients(0, recipients, Optional.empty());
        }
        if (purse.held() >= recipients) {
            return leased(recipients);
        }
        if (purse.asking.isAway()) {
            askAgain();
            return takesOwn(recipients, false) ? withOwn(recipients) : new Taken.Refused(quotas.shortest());
        }
        if (purse.asking.isLate() && takesOwn(recipients, true)) {
            return withOwn(recipients);
        }
        Optional<QuotaUse> refusing = quotas.refusing(recipients);
        if (refusing.isPresent()) {
            return new Taken.Refused(refusing.get());
        }
        if (!purse.asking.isFree()) {
            purse.waits(recipients);
            return new Taken.Unanswered();
        }
        if (closed || purse.asking.isPaused()) {
            return new Taken.Refused(quotas.shortest());
        }
        ask(recipients - purse.held());
        return new Taken.Unanswered();
    }

    private Taken leased(long recipients) {
        if (!quotas.takeLeased(recipients)) {
            return new Taken.Refused(quotas.shortest());
        }
        purse.take(recipients);
        if (purse.isLow()
                && purse.asking.isFree()
                && !purse.asking.isPaused()
                && quotas.refusing(purse.held() + 1).isEmpty()) {
            ask(1);
        }
        return new Taken.Recipients(recipients, 0, purse.last());
    }

    private boolean takesOwn(long recipients, boolean spare) {
        long missing = recipients - purse.held();
        return spare ? quotas.takeSpare(missing, purse.nodes()) : quotas.takeOwn(missing, purse.nodes());
    }

    /** What is missing has been counted already. */
    private Taken withOwn(long recipients) {
        long held = purse.held();
        Taken.Recipients taken = new Taken.Recipients(held, recipients - held, purse.last());
        if (!quotas.takeLeased(held)) {
            quotas.settle(new Taken.Recipients(0, recipients - held, Optional.empty()), 0, 0);
            return new Taken.Refused(quotas.shortest());
        }
        purse.take(held);
        return taken;
    }

    private void askAgain() {
        if (purse.asking.isFree() && !purse.asking.isPaused()) {
            ask(1);
        }
    }

    private void ask(long least) {
        if (closed || !purse.asking.isFree()) {
            return;
        }
        if (purse.asking.hasFailed()) {
            // It would grant what was used without it: that is told with the next exchange, and may be asked for after
            // it.
            counted = OptionalLong.empty();
            return;
        }
        Optional<LocalDate> today =
                purse.last().filter(grant -> purse.knowsDay()).map(grant -> LocalDate.ofEpochDay(grant.day()));
        LocalDate date = today.orElseGet(quotas::date);
        purse.asking.ask(new QuotaRequest(
                least,
                Math.max(least, purse.demand()),
                least > 0 ? most() : 0,
                quotas.toLease(date),
                quotas.dependsOnDay() ? OptionalLong.of(date.toEpochDay()) : OptionalLong.empty(),
                quotas.known(),
                today.map(day -> OptionalLong.of(day.toEpochDay())).orElse(OptionalLong.empty()),
                counted,
                purse.held()));
        counted = OptionalLong.empty();
    }

    private long most() {
        OptionalDouble perSecond = rate.get();
        return perSecond.isPresent()
                ? Math.max(1, (long) Math.min(MOST, RATE_SECONDS * perSecond.getAsDouble()))
                : MOST;
    }

    /** Sends what is to be asked, if anything, holding no lock. Returns whether there was. */
    private boolean send() {
        Asking.Question<QuotaRequest> ask;
        synchronized (quotas) {
            ask = purse.asking.unsent();
        }
        if (ask == null) {
            return false;
        }
        Asking.Question<QuotaRequest> sent = ask;
        var unused = shared.lease(provider, sent.request)
                .whenComplete((grant, failure) -> answer(sent, failure == null ? grant : Optional.empty()));
        return true;
    }

    private void answer(Asking.Question<QuotaRequest> ask, Optional<QuotaGrant> grant) {
        synchronized (quotas) {
            pass();
            grant.ifPresentOrElse(granted -> hear(ask, granted), purse.asking::failed);
            if (closed) {
                giveBack(purse.take(Long.MAX_VALUE));
            } else if (counted.isPresent()) {
                ask(0);
            }
        }
        ask.end();
        send();
    }

    private void hear(Asking.Question<QuotaRequest> ask, QuotaGrant grant) {
        purse.answer(ask, grant);
        Windows limits = ask.request.limits();
        quotas.heardNow(
                limits.day() - grant.left().day(), limits.month() - grant.left().month());
    }

    /**
     * Ends a call.
     *
     * @param taken what was counted for it
     * @param used for how many of them it is not sure that nothing was sent
     * @return whether a quota is used up
     */
    public boolean settle(Taken.Recipients taken, long used) {
        long leased = Math.min(used, taken.leased());
        long own = used - leased;
        long unused = taken.leased() - leased;
        boolean usedUp;
        synchronized (quotas) {
            pass();
            quotas.settle(taken, leased, own);
            if (unused > 0 && (closed || !purse.putBack(unused, taken.grant()))) {
                taken.grant().ifPresent(grant -> giveBack(grant, unused));
            }
            usedUp = quotas.usedUp().isPresent();
        }
        if (own > 0) {
            shared.used(provider, own);
        }
        return usedUp;
    }

    /** Takes over how many nodes share the quotas, and that they were heard of at that reading of the clock. */
    public void heard(long exchange, int nodes) {
        synchronized (quotas) {
            purse.nodes(nodes);
            purse.asking.heardOf(exchange);
        }
    }

    /** Tells the fleet what the service itself has just counted for the last 24 hours, whoever sent it. */
    public void found(long sentLast24Hours) {
        synchronized (quotas) {
            pass();
            counted = OptionalLong.of(sentLast24Hours);
            ask(0);
        }
        send();
    }

    /** Gives back what was granted and not used; what comes back from calls under way follows. */
    public void close() {
        synchronized (quotas) {
            closed = true;
            pass();
            giveBack(purse.take(Long.MAX_VALUE));
        }
    }

    private void pass() {
        long now = nanoTime.getAsLong();
        boolean knewDay = purse.knowsDay();
        long dropped = purse.pass(now);
        quotas.turn();
        if (knewDay && !purse.knowsDay()) {
            quotas.dayEnded(purse.endsAt());
        }
        giveBack(dropped);
    }

    /** Of more than the last grant the day is not sure, and what is not given back is only lost. */
    private void giveBack(long recipients) {
        purse.last().ifPresent(grant -> giveBack(grant, Math.min(recipients, grant.recipients())));
    }

    private void giveBack(QuotaGrant grant, long recipients) {
        if (recipients > 0) {
            shared.giveBack(provider, grant, recipients);
        }
    }
}
