package io.mailrouter;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Goes on to the next provider while it is certain that nothing was sent. Any other outcome is final.
 *
 * <p>An attempt may take all the time that is left. Only an email that may be sent again after an unknown outcome
 * shares it out among those who stand by, for else a provider that hangs would leave no time for another.
 */
final class RoutingSender implements Sender {

    private final List<Route> routes;
    private final Routing routing;
    private final Limits limits;
    private final EmailListener listener;
    private final Seldom seldom;
    private final Time time;

    /** How much one send may spend. */
    record Limits(Duration deadline, int maxAttempts, Duration minAttemptTime, Ambiguity ambiguity) {}

    RoutingSender(
            List<Route> routes, Routing routing, Limits limits, EmailListener listener, Seldom seldom, Time time) {
        this.routes = routes;
        this.routing = routing;
        this.limits = limits;
        this.listener = listener;
        this.seldom = seldom;
        this.time = time;
    }

    @Override
    public Sent send(Email email) {
        Journey journey = begin(email);
        return goOn(email, journey, isTooLate(email) ? List.of() : ranked(email, journey));
    }

    Journey begin(Email email) {
        return new Journey(time, Journey.referenceOf(email));
    }

    /** Tries those who are left, whatever has been tried before. */
    Sent goOn(Email email, Journey journey, List<Route> ranked) {
        return Sent.of(result(email, journey, ranked));
    }

    private SendResult result(Email email, Journey journey, List<Route> ranked) {
        if (isTooLate(email)) {
            return journey.expired(email);
        }
        for (int i = 0; i < ranked.size(); i++) {
            if (isTooLate(email)) {
                return journey.expired(email);
            }
            Route route = ranked.get(i);
            Optional<Skipped.Reason> tooLate = tooLate(email, journey);
            if (tooLate.isPresent()) {
                journey.skip(new Skipped(route.name(), tooLate.get(), "", Optional.empty()));
                continue;
            }
            Duration share = share(email, journey, ranked.size() - i);
            if (attempt(email, journey, route, share) && isFinal(email, journey.lastOutcome())) {
                return journey.end(email);
            }
        }
        return journey.nothingMore(email, routes);
    }

    private Duration allowed(Email email) {
        return email.deadline().filter(d -> d.compareTo(limits.deadline()) < 0).orElse(limits.deadline());
    }

    /** Returns how long the next attempt may take when so many stand by. */
    Duration share(Email email, Journey journey, int standBy) {
        Duration left = allowed(email).minus(journey.elapsed());
        return policy(email) == Ambiguity.RESEND_OTHER ? left.dividedBy(standBy) : left;
    }

    boolean isTooLate(Email email) {
        return email.notAfter().filter(time.now()::isAfter).isPresent();
    }

    /** Returns who is tried, in that order; everyone else is noted as passed over. */
    List<Route> ranked(Email email, Journey journey) {
        List<Route> eligible = new ArrayList<>(routes.size());
        for (Route route : routes) {
            route.barrier(email).ifPresentOrElse(journey::skip, () -> eligible.add(route));
        }
        List<Route> ranked = new ArrayList<>(eligible.size());
        for (Candidate candidate : rank(email, List.copyOf(eligible))) {
            if (candidate instanceof Route route && eligible.remove(route)) {
                ranked.add(route);
            }
        }
        eligible.forEach(
                route -> journey.skip(new Skipped(route.name(), Skipped.Reason.NOT_RANKED, "", Optional.empty())));
        email.preferredProvider().ifPresent(name -> preferred(ranked, name));
        return ranked;
    }

    /** A strategy of the user's own may fail; the order of registration is then as good as any. */
    private List<Candidate> rank(Email email, List<Candidate> eligible) {
        List<Candidate> ranked = new ArrayList<>(eligible);
        seldom.guard("routing", () -> {
            List<Candidate> answer = List.copyOf(routing.rank(email, eligible));
            ranked.clear();
            ranked.addAll(answer);
        });
        return ranked;
    }

    private static void preferred(List<Route> ranked, String name) {
        for (int i = 1; i < ranked.size(); i++) {
            if (ranked.get(i).name().equals(name)) {
                ranked.add(0, ranked.remove(i));
                return;
            }
        }
    }

    /** The first attempt begins whatever time is left; a further one must have a chance to end. */
    Optional<Skipped.Reason> tooLate(Email email, Journey journey) {
        if (journey.attempts() >= limits.maxAttempts()) {
            return Optional.of(Skipped.Reason.ATTEMPTS_USED);
        }
        if (Thread.currentThread().isInterrupted()) {
            return Optional.of(Skipped.Reason.INTERRUPTED);
        }
        Duration allowed = allowed(email);
        Duration left = allowed.minus(journey.elapsed());
        Duration quarter = allowed.dividedBy(4);
        Duration needed = limits.minAttemptTime().compareTo(quarter) < 0 ? limits.minAttemptTime() : quarter;
        boolean first = journey.attempts() == 0;
        return left.isNegative() || left.isZero() || (!first && left.compareTo(needed) < 0)
                ? Optional.of(Skipped.Reason.NO_TIME)
                : Optional.empty();
    }

    /** Makes one attempt, or notes why not. */
    private boolean attempt(Email email, Journey journey, Route route, Duration left) {
        long deadline = time.nanos() + route.attemptTime(left).toNanos();
        Attempt.Context context =
                new Attempt.Context(journey.reference(), journey.attempts() + 1, deadline, time.nanoTime());
        GatedProvider.Answer answer = route.send(email, context);
        if (answer instanceof GatedProvider.Answer.PassedOver passed) {
            notePassedOver(journey, route, passed);
            return false;
        }
        GatedProvider.Answer.Tried tried = (GatedProvider.Answer.Tried) answer;
        noteAttempt(journey, new Attempt(route.name(), context.number(), tried.outcome(), tried.elapsed()));
        return true;
    }

    void notePassedOver(Journey journey, Route route, GatedProvider.Answer.PassedOver passed) {
        journey.skip(new Skipped(route.name(), passed.reason(), passed.detail(), passed.until()));
        journey.passOver(route.name(), passed.reason().word());
    }

    void noteAttempt(Journey journey, Attempt attempt) {
        journey.left()
                .filter(before -> !before.provider().equals(attempt.provider()))
                .ifPresent(before -> listener.on(new EmailEvent.FailedOver(
                        journey.reference(), before.provider(), attempt.provider(), before.reason())));
        journey.add(attempt);
        journey.leave(attempt.provider(), attempt.outcome().code());
    }

    private Ambiguity policy(Email email) {
        return email.ambiguity().orElse(limits.ambiguity());
    }

    boolean isFinal(Email email, Outcome outcome) {
        if (outcome instanceof Outcome.Unknown) {
            return policy(email) != Ambiguity.RESEND_OTHER;
        }
        return !outcome.surelyNotSent();
    }
}
