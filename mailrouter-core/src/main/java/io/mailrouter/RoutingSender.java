package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Attempt;
import java.time.Duration;
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
    private static final Set<Fate> NOT_KNOWN_AS_SENT = Set.of(Fate.NOT_SENT, Fate.UNKNOWN);

    private final List<Route> routes;
    private final Ranking ranking;
    private final Limits limits;
    private final EmailListener listener;
    private final Verdict verdict;
    private final Time time;

    /** How much one send may spend. */
    record Limits(Duration deadline, int maxAttempts, Duration minAttemptTime, Ambiguity ambiguity) {}

    RoutingSender(List<Route> routes, Ranking ranking, Limits limits, EmailListener listener, Time time) {
        this.routes = routes;
        this.ranking = ranking;
        this.limits = limits;
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
        waitForOne(email, journey, allowance);
        return journey.sent(verdict);
    }

    /** Returns the email for those recipients for whom another attempt may be made; nothing if there is none. */
    Optional<Email> rest(Email email, Journey journey, Allowance allowance) {
        return verdict.isTooLate(email) ? Optional.empty() : journey.rest(open(allowance.ambiguity()));
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
                case STOP -> attempt(rest.get(), journey, route, allowance.share(1));
                case RESEND_SAME -> attemptAgain(rest.get(), journey, route, allowance);
                case RESEND_OTHER -> attempt(rest.get(), journey, route, allowance.share(ranked.size() - i));
            }
        }
    }

    /** Where every way was closed for a moment only, waits for the one that opens first, as long as the time allows. */
    private void waitForOne(Email email, Journey journey, Allowance allowance) {
        if (journey.attempts() > 0
                || rest(email, journey, allowance).isEmpty()
                || allowance.spent().isPresent()) {
            return;
        }
        Route soonest = null;
        Duration shortest = allowance.patience();
        for (Route route : routes) {
            Optional<Duration> wait = route.opensIn(email);
            if (wait.isPresent() && wait.get().compareTo(shortest) < 0) {
                soonest = route;
                shortest = wait.get();
            }
        }
        if (soonest != null) {
            attempt(email, journey, soonest, allowance.share(1), allowance.patience());
        }
    }

    private static Set<Fate> open(Ambiguity ambiguity) {
        return ambiguity == Ambiguity.RESEND_OTHER ? NOT_KNOWN_AS_SENT : SURELY_NOT_SENT;
    }

    /**
     * Makes an attempt, and while its end is unknown makes it again, as long as the service is sure to recognise the
     * request: never later, and never elsewhere.
     */
    private void attemptAgain(Email part, Journey journey, Route route, Allowance allowance) {
        Duration window = route.idempotencyWindow().orElse(Duration.ZERO);
        int wanted = window.isZero() ? 1 : 2;
        long begun = time.nanos();
        boolean tried = attempt(part, journey, route, allowance.share(wanted));
        while (tried && journey.endsUnknown()) {
            Duration left = window.minus(time.since(begun));
            if (left.isNegative() || left.isZero() || allowance.spent().isPresent() || verdict.isTooLate(part)) {
                return;
            }
            Duration share = allowance.share(wanted);
            tried = attempt(part, journey, route, share.compareTo(left) < 0 ? share : left);
        }
    }

    /** Makes one attempt, or notes why not. */
    private boolean attempt(Email part, Journey journey, Route route, Duration share) {
        return attempt(part, journey, route, share, Duration.ZERO);
    }

    private boolean attempt(Email part, Journey journey, Route route, Duration share, Duration patience) {
        long deadline = time.nanos() + route.attemptTime(share).toNanos();
        Attempt.Context context =
                new Attempt.Context(journey.reference(), journey.attempts() + 1, deadline, time.nanoTime());
        GatedProvider.Answer answer = route.send(part, context, patience);
        if (answer instanceof GatedProvider.Answer.PassedOver passed) {
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

    void note(
            Journey journey, Attempt attempt, Email part, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        journey.left()
                .filter(before -> !before.provider().equals(attempt.provider()))
                .ifPresent(before -> listener.on(new EmailEvent.FailedOver(
                        journey.reference(), before.provider(), attempt.provider(), before.reason())));
        journey.add(attempt, part, late);
    }
}
