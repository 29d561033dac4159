package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One email of many, on its way: what has been tried and who is left. It travels with others as long as it can, and by
 * itself from there on. Used by one thread at a time.
 */
final class Parcel {

    private final Passage.Open open;
    private final Email email;
    private final RoutingSender routing;
    private final ObservedSender observed;
    private final Journey journey;
    private final List<Route> left;
    private boolean single;
    private Optional<Sent> sent = Optional.empty();

    private Parcel(Passage.Open open, RoutingSender routing, ObservedSender observed) {
        this.open = open;
        this.email = open.email();
        this.routing = routing;
        this.observed = observed;
        this.journey = routing.begin(email);
        this.left = routing.isTooLate(email) ? new ArrayList<>() : routing.ranked(email, journey);
    }

    /** Returns an email that has passed the outer steps, or was answered there. */
    static Parcel of(Email email, Function<Email, Passage> entrance, RoutingSender routing, ObservedSender observed) {
        Passage passage = enter(email, entrance);
        if (passage instanceof Passage.Open open) {
            return new Parcel(open, routing, observed);
        }
        Parcel answered = new Parcel(new Passage.Open(email, sent -> sent), routing, observed);
        answered.end(((Passage.Answered) passage).sent());
        return answered;
    }

    /** A defect that ends one email must not end those beside it, which may be under way by then. */
    private static Passage enter(Email email, Function<Email, Passage> entrance) {
        try {
            return entrance.apply(email);
        } catch (Throwable defect) {
            Trail trail = new Trail(Journey.referenceOf(email), List.of(), List.of(), Duration.ZERO);
            String reason = "it ended with a " + defect.getClass().getSimpleName() + " before it began";
            return new Passage.Answered(Sent.of(new SendResult.NotSent("defect", reason, Optional.empty(), trail)));
        }
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
        Sent end;
        try {
            end = routing.goOn(email, journey, left);
        } catch (Throwable defect) {
            broken();
            throw defect;
        }
        return end(end);
    }

    /** Notes that a defect hides what came of it, unless that is known already. */
    void broken() {
        if (sent.isEmpty()) {
            open.ending().broken();
        }
    }

    /** Ends it with what has been tried so far. */
    Sent refuse(String code, String reason) {
        return end(Sent.of(journey.refused(code, reason)));
    }

    private Sent end(Sent end) {
        Sent told = open.ending().end(end);
        sent = Optional.of(told);
        observed.tell(email, told);
        return told;
    }

    String reference() {
        return journey.reference();
    }
}
