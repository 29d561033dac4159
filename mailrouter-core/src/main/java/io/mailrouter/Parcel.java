package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * One email of many, on its way: what has been done for it and who is left. It travels with others as long as it can, and
 * by itself from there on. Used by one thread at a time.
 */
final class Parcel {

    private final Passage.Open open;
    private final Email email;
    private final RoutingSender routing;
    private final ObservedSender observed;
    private final Journey journey;
    private final Allowance allowance;
    private final List<Route> left;
    private boolean single;
    private Optional<Sent> sent = Optional.empty();

    private Parcel(Passage.Open open, RoutingSender routing, ObservedSender observed) {
        this.open = open;
        this.email = open.email();
        this.routing = routing;
        this.observed = observed;
        this.journey = routing.begin(email);
        this.allowance = routing.allowance(email, journey);
        this.left = new ArrayList<>();
    }

    /** Returns an email that has passed the outer steps, or was answered there. */
    static Parcel of(Email email, Function<Email, Passage> entrance, RoutingSender routing, ObservedSender observed) {
        Passage passage = enter(email, entrance);
        if (passage instanceof Passage.Open open) {
            Parcel parcel = new Parcel(open, routing, observed);
            parcel.left.addAll(routing.ranked(parcel.email, parcel.journey));
            return parcel;
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

    String reference() {
        return journey.reference();
    }

    /** Returns the number of its next attempt. */
    int number() {
        return journey.attempts() + 1;
    }

    /** Returns who is to be tried next with others, if anyone; what cannot begin in time ends by itself. */
    Optional<Route> next() {
        boolean over = single || sent.isPresent() || left.isEmpty();
        return over
                        || routing.rest(email, journey, allowance).isEmpty()
                        || allowance.spent().isPresent()
                ? Optional.empty()
                : Optional.of(left.get(0));
    }

    /** Says whether enough time is left to let others catch up. */
    boolean mayWait() {
        return allowance.mayWait();
    }

    /** Returns when its next attempt must have ended, a reading of the monotonic clock. */
    long until() {
        return switch (allowance.ambiguity()) {
            case STOP, RESEND_SAME -> allowance.until(1);
            case RESEND_OTHER -> allowance.until(left.size());
        };
    }

    BulkEmailProvider.Entry entry() {
        return new BulkEmailProvider.Entry(email, journey.reference());
    }

    /** Lets it travel by itself from here on, to the same provider first. */
    void goSingly() {
        single = true;
    }

    /** Notes that a request with others was refused as a whole, which says nothing about this email. */
    void refusedTogether(String detail) {
        String name = left.get(0).name();
        journey.skip(new Skipped(name, Skipped.Reason.REFUSED_TOGETHER, detail, Optional.empty()));
        goSingly();
    }

    void passedOver(Skipped skip) {
        left.remove(0);
        journey.passOver(skip);
    }

    void tried(Attempt attempt, Optional<CompletionStage<GatedProvider.Answer.Tried>> late) {
        left.remove(0);
        routing.note(journey, attempt, email, late);
        if (routing.rest(email, journey, allowance).isEmpty()) {
            end(journey.sent(routing.verdict()));
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
            end = routing.goOn(email, journey, allowance, left);
        } catch (Throwable defect) {
            broken();
            throw defect;
        }
        return end(end);
    }

    /** Ends it with what has been done so far. */
    Sent refuse(String code, String reason) {
        return end(journey.sent(routing.verdict())
                .map(result -> result instanceof SendResult.NotSent
                        ? new SendResult.NotSent(code, reason, Optional.empty(), result.trail())
                        : result));
    }

    /** Notes that a defect hides what came of it, unless that is known already. */
    void broken() {
        if (sent.isEmpty()) {
            open.ending().broken();
        }
    }

    private Sent end(Sent end) {
        Sent told = open.ending().end(end);
        sent = Optional.of(told);
        observed.tell(email, told.result());
        return told;
    }
}
