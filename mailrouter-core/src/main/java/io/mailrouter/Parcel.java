package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One email of many, on its way: what has been tried and who is left. It travels with others as long as it can, and by
 * itself from there on. Used by one thread at a time.
 */
final class Parcel {

    private final Email email;
    private final RoutingSender routing;
    private final ObservedSender observed;
    private final Journey journey;
    private final List<Route> left;
    private boolean single;
    private Optional<Sent> sent = Optional.empty();

    Parcel(Email email, RoutingSender routing, ObservedSender observed) {
        this.email = email;
        this.routing = routing;
        this.observed = observed;
        this.journey = routing.begin(email);
        this.left = routing.isTooLate(email) ? new ArrayList<>() : routing.ranked(email, journey);
    }

    Email email() {
        return email;
    }

    BulkEmailProvider.Entry entry() {
        return new BulkEmailProvider.Entry(email, journey.reference());
    }

    /** Returns who is to be tried next with others, if anyone; what cannot begin in time ends by itself. */
    Optional<Route> next() {
        boolean over = single || sent.isPresent() || left.isEmpty();
        return over
                        || routing.isTooLate(email)
                        || routing.tooLate(email, journey).isPresent()
                ? Optional.empty()
                : Optional.of(left.get(0));
    }

    Duration share() {
        return routing.share(email, journey, left.size());
    }

    int attempts() {
        return journey.attempts();
    }

    /** Lets it travel by itself from here on, to the same provider first. */
    void goSingly() {
        single = true;
    }

    void passedOver(GatedProvider.Answer.PassedOver passed) {
        routing.notePassedOver(journey, left.remove(0), passed);
    }

    /** Notes that the request was refused as a whole, which says nothing about this email: it is tried by itself. */
    void split(Attempt attempt) {
        routing.noteAttempt(journey, attempt);
        goSingly();
    }

    void tried(Attempt attempt) {
        routing.noteAttempt(journey, attempt);
        left.remove(0);
        Outcome outcome = attempt.outcome();
        if (routing.isFinal(email, outcome)) {
            end(Sent.of(journey.end(email)));
        }
    }

    /** Returns what came of it, once it has ended. */
    Optional<Sent> sent() {
        return sent;
    }

    /** Tries by itself whoever is left. */
    Sent goOn() {
        return end(routing.goOn(email, journey, left));
    }

    /** Ends it with what has been tried so far. */
    Sent refuse(String code, String reason) {
        return end(Sent.of(journey.refused(code, reason)));
    }

    private Sent end(Sent end) {
        sent = Optional.of(end);
        observed.tell(email, end);
        return end;
    }

    String reference() {
        return journey.reference();
    }
}
