package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.limit.FailoverBudget;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Goes on to the next provider with those recipients for whom it is certain that nothing was sent. Any other fate is
 * final, unless the email says that an unknown one is not.
 */
final class RoutingSender implements Sender {

    private static final Set<Fate> SURELY_NOT_SENT = Set.of(Fate.NOT_SENT);
    /** A wait that does not take so long did not happen: whoever does not wait must not be asked for ever. */
    private static final Duration SHORTEST_WAIT = Duration.ofNanos(100_000);

    private static final Set<Fate> NOT_KNOWN_AS_SENT = Set.of(Fate.NOT_SENT, Fate.UNKNOWN);

    private final Ranking ranking;
    private final Limits limits;
    private final FailoverBudget budget;
    private final EmailListener listener;
    private final Verdict verdict;
    private final Time time;

    /** How much one send may spend. */
    record Limits(Duration deadline, int maxAttempts, Duration minAttemptTime, Duration maxWait, Ambiguity ambiguity) {}

    RoutingSender(
            List<Route> routes,
            Ranking ranking,
            Limits limits,
            FailoverBudget budget,
            EmailListener listener,
            Time time) {
        this.ranking = ranking;
        this.limits = limits;
        this.budget = budget;
        this.listener = listener;
        this.verdict = new Verdict(routes, time);
        this.time = time;
    }

    @Override
    public Sent send(Email email) {
        Journey journey = begin(email);
        return goOn(email, journey, allowance(email, journey), ranked(email, journey));
    }

    Journey begin(Email email) {
        return new Journey(email, time);
    }

    Allowance allowance(Email email, Journey journey) {
        return new Allowance(limits, email, journey);
    }

    /** Returns who is tried, in that order; nobody with an email that is too late. */
    List<Route> ranked(Email email, Journey journey) {
        if (verdict.isTooLate(email)) {
            return List.of();
        }
        Ranking.Decision decision = ranking.of(email);
        journey.begin(decision);
        return ranking.routes(decision.plan());
    }

    /** Returns who would be tried first, if anyone, without any effect. */
    Optional<Route> first(Email email) {
        return ranking.routes(ranking.preview(email)).stream().findFirst();
    }

    /** Returns who would be tried, without any effect. */
    RoutePlan preview(Email email) {
        return ranking.preview(email);
    }

    /** Tries those who are left, after what has been done already. */
    Sent goOn(Email email, Journey journey, Allowance allowance, List<Route> left) {
        route(email, journey, allowance, left);
        waitForSome(email, journey, allowance);
        return journey.sent(verdict);
    }

    /** Returns the email for those recipients for whom another attempt may be made; nothing if there is none. */
    Optional<Email> rest(Email email, Journey journey, Allowance allowance) {
        Optional<Email> rest = journey.rest(open(allowance.ambiguity()));
        return rest.isPresent() && verdict.isTooLate(email) ? Optional.empty() : rest;
    }

    Verdict verdict() {
        return verdict;
    }

    private void route(Email email, Journey journey, Allowance allowance, List<Route> ranked) {
        for (int i = 0; i < ranked.size(); i++) {
            Optional<Email> rest = rest(email, journey, allowance);
            if (rest.isEmpty()) {
                return;
            }
            Route route = ranked.get(i);
            Optional<Skipped.Reason> spent = allowance.spent();
            if (spent.isPresent()) {
                journey.skip(new Skipped(route.name(), spent.get(), "", Optional.empty()));
                continue;
            }
            switch (allowance.ambiguity()) {
                case STOP -> attempt(rest.get(), journey, route, allowance.until(1));
                case RESEND_SAME -> attemptAgain(rest.get(), journey, route, allowance);
                case RESEND_OTHER -> attempt(rest.get(), journey, route, allowance.until(ranked.size() - i));
            }
        }
    }

    /**
     * Where ways are closed for a moment only, and no other has taken the email, waits for the one that opens first, as long
     * as the time allows. One that asked for a pause in this very send is asked again after it.
     */
    private void waitForSome(Email email, Journey journey, Allowance allowance) {
        Optional<Email> rest = rest(email, journey, allowance);
        if (rest.isEmpty() || !allowance.isPatient()) {
            return;
        }
        List<Route> hopeful = new ArrayList<>(ranking.ideal(email));
        while (rest.isPresent() && allowance.isPatient()) {
            hopeful.removeIf(route -> !journey.mayAskLater(route.name()));
            Duration patience = patience(email, allowance);
            Optional<Route> soonest = soonest(hopeful, email, patience);
            if (soonest.isEmpty()) {
                return;
            }
            if (!attemptInTime(rest.get(), journey, soonest.get(), allowance, patience)) {
                hopeful.remove(soonest.get());
            }
            rest = rest(email, journey, allowance);
        }
    }

    /** Nobody waits until an email is too late. */
    private Duration patience(Email email, Allowance allowance) {
        Duration patience = allowance.patience();
        return email.notAfter()
                .map(end -> Duration.between(time.now(), end))
                .filter(left -> left.compareTo(patience) < 0)
                .orElse(patience);
    }

    private static Optional<Route> soonest(List<Route> routes, Email email, Duration patience) {
        Optional<Route> soonest = Optional.empty();
        Duration shortest = patience;
        for (Route route : routes) {
            Optional<Duration> wait = route.gates().opensIn(email);
            if (wait.isPresent() && wait.get().compareTo(shortest) < 0) {
                soonest = Optional.of(route);
                shortest = wait.get();
            }
        }
        return soonest;
    }

    /** Returns whether it made any difference: an attempt, or a wait. */
    private boolean attemptInTime(Email part, Journey journey, Route route, Allowance allowance, Duration patience) {
        Duration before = journey.elapsed();
        boolean tried = attempt(part, journey, route, allowance.until(1), patience);
        Duration waited = journey.elapsed().minus(before);
        if (tried) {
            waited = waited.minus(journey.lastTook());
            repeat(
                    part,
                    journey,
                    route,
                    allowance,
                    time.nanos() - journey.lastTook().toNanos());
        }
        allowance.waited(waited);
        return tried || waited.compareTo(SHORTEST_WAIT) >= 0;
    }

    private static Set<Fate> open(Ambiguity ambiguity) {
        return ambiguity == Ambiguity.RESEND_OTHER ? NOT_KNOWN_AS_SENT : SURELY_NOT_SENT;
    }

    private void attemptAgain(Email part, Journey journey, Route route, Allowance allowance) {
        long begun = time.nanos();
        if (attempt(part, journey, route, allowance.until(wanted(route)))) {
            repeat(part, journey, route, allowance, begun);
        }
    }

    /**
     * While the end of an attempt is unknown makes it again, if the email says so, and as long as the service is sure to
     * recognise the request: never later, and never elsewhere.
     */
    private void repeat(Email part, Journey journey, Route route, Allowance allowance, long begun) {
        Duration window = allowance.ambiguity() == Ambiguity.RESEND_SAME
                ? route.idempotencyWindow().orElse(Duration.ZERO)
                : Duration.ZERO;
        boolean tried = true;
        while (tried && journey.endsUnknown()) {
            long end = begun + Span.shorter(window, limits.deadline()).toNanos();
            if (end - time.nanos() <= 0 || allowance.spent().isPresent() || verdict.isTooLate(part)) {
                return;
            }
            long until = allowance.until(wanted(route));
            tried = attempt(part, journey, route, until - end < 0 ? until : end);
        }
    }

    private static int wanted(Route route) {
        return route.idempotencyWindow().filter(window -> !window.isZero()).isPresent() ? 2 : 1;
    }

    /** Makes one attempt, or notes why not. */
    private boolean attempt(Email part, Journey journey, Route route, long deadline) {
        return attempt(part, journey, route, deadline, Duration.ZERO);
    }

    private boolean attempt(Email part, Journey journey, Route route, long deadline, Duration patience) {
        if (!afford(journey.attempts())) {
            journey.skip(tooManyFail(route));
            return false;
        }
        Attempt.Context context =
                new Attempt.Context(journey.reference(), journey.attempts() + 1, deadline, time.nanoTime());
        GatedProvider.Answer answer = route.send(part, context, patience);
        if (answer instanceof GatedProvider.Answer.PassedOver passed) {
            payBack(journey.attempts());
            journey.passOver(passed.by(route.name()));
            return false;
        }
        GatedProvider.Answer.Tried tried = (GatedProvider.Answer.Tried) answer;
        note(
                journey,
                new Attempt(route.name(), context.number(), tried.outcome(), tried.elapsed()),
                part,
                tried.late());
        return true;
    }

    /** Returns whether an attempt may be made after so many others of the same send. */
    boolean afford(int attempts) {
        return attempts == 0 || budget.tryTake();
    }

    /** Takes back an attempt that was not made. */
    void payBack(int attempts) {
        if (attempts > 0) {
            budget.giveBack();
        }
    }

    static Skipped tooManyFail(Route route) {
        return new Skipped(
                route.name(), Skipped.Reason.FAILOVER_BUDGET, "too many sends fail at first", Optional.empty());
    }

    void note(
            Journey journey, Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        Optional<Journey.Left> left = journey.left();
        if (left.isPresent() && !left.get().provider().equals(attempt.provider())) {
            listener.on(new EmailEvent.FailedOver(
                    journey.reference(),
                    left.get().provider(),
                    attempt.provider(),
                    left.get().reason()));
        }
        if (attempt.number() == 1) {
            budget.earn();
        }
        journey.add(attempt, part, late);
    }
}
