package io.mailrouter.limit;

import io.mailrouter.limit.SharedLimits.TurnGrant;
import io.mailrouter.limit.SharedLimits.TurnRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The turns at one provider that this node has been granted by its fleet, so that all nodes together keep to its rate.
 *
 * <p>Safe to share between threads. Turns are granted a few at a time: as many as the node has use for, at most 50 ms'
 * worth of the rate. While it uses them all, more are asked for beside the sends before they run out. A turn that is not
 * used within 50 ms is lost, and 50 ms' worth of turns that nobody took may be made up for, so that the worst second holds
 * 110 % of the rate.
 *
 * <p>While the fleet does not answer, a node goes on at once with its share of the rate: what each gets of the nodes that
 * were alive when it last heard. A node that never heard from its fleet has the whole rate to itself, as if it had none.
 * Without a known rate nothing is asked.
 */
public final class SharedRate {

    private static final double BATCH_SECONDS = 0.05;
    private static final double LOW = 0.3;

    /** After so many turns in a row that were used, one more is asked for at a time. */
    private static final long TRUST = 32;

    /** A turn that a send waits for is not lost, and says so much more than one that had come. */
    private static final long WAITED_FOR = 8;

    private static final double NANOS = 1e9;

    /** So soon is now: going on to another provider would not be faster. */
    private static final Duration MOMENT = Duration.ofMillis(5);

    /** Nobody waits longer for a turn: a fleet takes one that is further away for the mistake of a clock. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final RateLimiter own;
    private final String provider;
    private final SharedLimits shared;
    private final LongSupplier nanoTime;
    private final Asking<TurnRequest> asking = new Asking<>();
    private final Turns turns = new Turns();
    private int nodes = 1;
    private long usedInARow;
    private long demand;
    private long takenAlone;
    private long opensAt;
    private boolean shut;
    private long now;

    /**
     * A turn.
     *
     * @param in how long to wait for it, from when it was given
     * @param giveBack takes it back when it is not used
     */
    public record Turn(Duration in, Runnable giveBack) {}

    /** What a look at the turns says. */
    private enum Look {
        NOW,
        LATER,
        ALONE,
        UNANSWERED
    }

    /**
     * Begins without any turn.
     *
     * @param own the rate of all nodes together, and what is done while the fleet does not answer
     * @param shared must not throw
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public SharedRate(RateLimiter own, String provider, SharedLimits shared, LongSupplier nanoTime) {
        this.own = own;
        this.provider = provider;
        this.shared = shared;
        this.nanoTime = nanoTime;
    }

    /**
     * Returns a turn, unless it is further away than that, or than a minute; 5 ms are no distance. Waits for the fleet where it is still to
     * answer: for 50 ms, and longer only at the start, when nothing is known, and only as long as the caller is patient.
     */
    public Optional<Turn> take(long recipients, Duration patient) throws InterruptedException {
        if (!own.isBounded()) {
            return alone(recipients, patient);
        }
        Duration atMost = patient.compareTo(LONGEST_WAIT) < 0 ? patient : LONGEST_WAIT;
        long begun = nanoTime.getAsLong();
        Duration left = atMost;
        Duration most = patience(atMost);
        while (true) {
            Step step = step(recipients, left);
            if (step.look != Look.UNANSWERED) {
                return step.turn;
            }
            Duration spent = Duration.ofNanos(nanoTime.getAsLong() - begun);
            Duration patience = most.minus(spent);
            left = longer(atMost.minus(spent), Duration.ZERO);
            if (patience.isNegative() || !answersWithin(patience)) {
                return step(recipients, left).turn;
            }
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    private synchronized Duration patience(Duration own) {
        return asking.patience(own);
    }

    private boolean answersWithin(Duration left) throws InterruptedException {
        Asking.Question<TurnRequest> question;
        Duration patience;
        synchronized (this) {
            pass();
            question = asking.question();
            patience = asking.budget(left);
        }
        if (question == null || question.endsWithin(patience)) {
            return true;
        }
        synchronized (this) {
            asking.late(question);
        }
        return false;
    }

    private record Step(Look look, Optional<Turn> turn) {}

    /** What is asked may be answered at once. */
    private Step step(long recipients, Duration atMost) {
        Look look;
        Optional<Turn> turn = Optional.empty();
        do {
            synchronized (this) {
                look = look(recipients, longer(atMost, MOMENT));
                if (look == Look.NOW) {
                    turn = Optional.of(taken(recipients));
                }
            }
        } while (send() && look == Look.UNANSWERED);
        return new Step(look, look == Look.ALONE ? alone(recipients, atMost) : turn);
    }

    private Optional<Turn> alone(long recipients, Duration atMost) {
        Optional<RateLimiter.Slot> slot = own.reserve(recipients, atMost);
        if (slot.isPresent()) {
            synchronized (this) {
                takenAlone += recipients;
            }
        }
        return slot.map(given -> new Turn(given.in(), () -> own.giveBack(given)));
    }

    private Look look(long recipients, Duration atMost) {
        pass();
        OptionalDouble perSecond = own.perSecond();
        if (perSecond.isEmpty()) {
            return Look.ALONE;
        }
        if (turns.left() >= recipients) {
            return turns.opensIn(open(recipients, perSecond.getAsDouble()), now) <= atMost.toNanos()
                    ? Look.NOW
                    : Look.LATER;
        }
        if (asking.isAway() || asking.isLate()) {
            own.divide(nodes);
            if (asking.isFree() && !asking.isPaused()) {
                ask(1, atMost, perSecond.getAsDouble());
            }
            return Look.ALONE;
        }
        if (!asking.isFree()) {
            demand += recipients;
            return Look.UNANSWERED;
        }
        if (shut && opensAt - now > atMost.toNanos()) {
            return Look.LATER;
        }
        ask(recipients, atMost, perSecond.getAsDouble());
        return Look.UNANSWERED;
    }

    private Turn taken(long recipients) {
        double perSecond = own.perSecond().orElse(0);
        long wait = turns.opensIn(open(recipients, perSecond), now);
        Turns.Taken taken = turns.take(recipients);
        boolean far = shut && opensAt - now > Turns.VALID;
        usedInARow += wait > MOMENT.toNanos() ? WAITED_FOR * recipients : recipients;
        long size = size(perSecond);
        if (size > 1 && (double) turns.left() <= LOW * (double) size && asking.isFree() && !far) {
            ask(turns.left() + 1, Duration.ofNanos(Turns.VALID), perSecond);
        }
        return new Turn(Duration.ofNanos(wait), () -> giveBack(taken));
    }

    private synchronized void giveBack(Turns.Taken taken) {
        turns.putBack(taken);
    }

    /** An email with more recipients than the burst begins when so many turns have come, and the others are its debt. */
    private static long open(long recipients, double perSecond) {
        return Math.max(1, Math.min(recipients, burst(perSecond)));
    }

    private static long burst(double perSecond) {
        return (long) (BATCH_SECONDS * perSecond);
    }

    private static long most(double perSecond) {
        return Math.max(1, (long) Math.ceil(BATCH_SECONDS * perSecond));
    }

    /** Returns how many turns at a time this node has use for: one while some are lost, and more the longer none is. */
    private long size(double perSecond) {
        return Math.min(most(perSecond), 1 + usedInARow / TRUST);
    }

    private void ask(long recipients, Duration atMost, double perSecond) {
        takenAlone = 0;
        long least = Math.max(1, recipients - turns.left());
        long open = Math.max(1, Math.min(least, open(recipients, perSecond) - turns.left()));
        long wanted = Math.max(least, Math.min(most(perSecond), Math.max(size(perSecond), demand)));
        demand = 0;
        Duration interval = Duration.ofNanos((long) Math.ceil(NANOS / perSecond));
        asking.ask(new TurnRequest(interval, least, open, wanted, burst(perSecond), atMost));
    }

    /** Sends what is to be asked, if anything, holding no lock. Returns whether there was. */
    private boolean send() {
        Asking.@Nullable Question<TurnRequest> question;
        synchronized (this) {
            question = asking.unsent();
        }
        if (question == null) {
            return false;
        }
        Asking.Question<TurnRequest> sent = question;
        var unused = shared.turns(provider, sent.request)
                .whenComplete((grant, failure) -> answer(sent, failure == null ? grant : Optional.empty()));
        return true;
    }

    private void answer(Asking.Question<TurnRequest> question, Optional<TurnGrant> answer) {
        synchronized (this) {
            pass();
            answer.ifPresentOrElse(grant -> hear(question.request, grant), asking::failed);
        }
        question.end();
    }

    /** What was taken alone since the question is paid for with what comes too late. */
    private void hear(TurnRequest request, TurnGrant grant) {
        asking.answered();
        long at = now + grant.in().toNanos();
        shut = grant.turns() == 0;
        opensAt = at;
        if (grant.turns() > 0) {
            turns.add(now, at, request.interval().toNanos(), grant.turns());
            turns.take(Math.min(takenAlone, turns.left()));
        }
        takenAlone = 0;
    }

    /** Returns how long one would have to wait for a turn, as far as is known, without any effect. */
    public Duration opensIn(long recipients) {
        OptionalDouble perSecond = own.perSecond();
        if (perSecond.isEmpty()) {
            return Duration.ZERO;
        }
        synchronized (this) {
            pass();
            if (turns.left() >= recipients) {
                return atLeastAMoment(turns.opensIn(open(recipients, perSecond.getAsDouble()), now));
            }
            if (!asking.isAway() && !asking.isLate()) {
                return shut ? atLeastAMoment(opensAt - now) : Duration.ZERO;
            }
            own.divide(nodes);
        }
        return own.opensIn(recipients);
    }

    private static Duration atLeastAMoment(long nanos) {
        return nanos <= MOMENT.toNanos() ? Duration.ZERO : Duration.ofNanos(nanos);
    }

    /** Takes over how many nodes share the rate, and that they were heard of at that reading of the clock. */
    public synchronized void heard(long exchange, int alive) {
        nodes = Math.max(1, alive);
        asking.heardOf(exchange);
    }

    private void pass() {
        now = nanoTime.getAsLong();
        asking.pass(now);
        if (turns.drop(now) > 0) {
            usedInARow = 0;
        }
    }
}
