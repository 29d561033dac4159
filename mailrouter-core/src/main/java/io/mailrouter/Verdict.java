package io.mailrouter;

import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Says what a send comes to, by the fates of its recipients and by what was done for them. */
final class Verdict {

    /** No store or queue gains from being asked again sooner. */
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);

    private final List<Route> routes;
    private final Time time;

    Verdict(List<Route> routes, Time time) {
        this.routes = routes;
        this.time = time;
    }

    SendResult of(Email email, Fates fates, Trail trail) {
        if (fates.any(Fate.ACCEPTED)) {
            return accepted(fates, trail);
        }
        Optional<RecipientResult> unknown = fates.first(Fate.UNKNOWN);
        if (unknown.isPresent()) {
            RecipientResult why = unknown.get();
            return new SendResult.Unknown(why.provider(), why.code(), why.reason(), trail);
        }
        Optional<RecipientResult> notSent = fates.first(Fate.NOT_SENT);
        return notSent.isPresent() ? notSent(email, notSent.get(), trail) : refused(fates, trail);
    }

    private static SendResult accepted(Fates fates, Trail trail) {
        String provider = "";
        String messageId = "";
        for (Attempt attempt : trail.attempts()) {
            if (attempt.outcome() instanceof Outcome.Accepted accepted) {
                provider = attempt.provider();
                messageId = accepted.messageId();
            } else if (attempt.outcome() instanceof Outcome.Partial partial) {
                provider = attempt.provider();
                messageId = partial.messageId();
            }
        }
        return fates.all(Fate.ACCEPTED)
                ? new SendResult.Accepted(provider, messageId, trail)
                : new SendResult.PartlyAccepted(provider, messageId, fates.results(), trail);
    }

    private static SendResult refused(Fates fates, Trail trail) {
        RecipientResult why = fates.first(Fate.REFUSED).orElseThrow();
        return new SendResult.Rejected(why.provider(), why.code(), why.reason(), trail);
    }

    private SendResult notSent(Email email, RecipientResult why, Trail trail) {
        if (isTooLate(email)) {
            return new SendResult.Expired(email.notAfter().orElseThrow(), trail);
        }
        if (trail.attempts().isEmpty()
                && trail.skipped().stream().allMatch(s -> s.reason().isForGood())) {
            return new SendResult.Rejected("", "no_eligible_provider", "no provider can send this email", trail);
        }
        return new SendResult.NotSent(why.code(), why.reason(), Optional.of(retryAt(email)), trail);
    }

    /** Says whether an email is not worth sending any more. */
    boolean isTooLate(Email email) {
        return email.notAfter().filter(end -> time.now().isAfter(end)).isPresent();
    }

    /** The first moment at which a provider that could carry the email is open again. */
    private Instant retryAt(Email email) {
        Instant soonest = time.now().plus(SHORTEST_PAUSE);
        return routes.stream()
                .filter(route -> route.barrier(email).isEmpty())
                .map(route -> route.gates().closedUntil(email).orElse(soonest))
                .min(Instant::compareTo)
                .filter(soonest::isBefore)
                .orElse(soonest);
    }
}
