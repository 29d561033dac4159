package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.event.EmailListener;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes emails that are alike to a provider in one request, and those that were surely not sent on to the next. Each has
 * its own attempts, limits and result, as if it travelled by itself.
 */
final class BulkSender {

    private final Function<Email, Passage> entrance;
    private final RoutingSender routing;
    private final ObservedSender observed;
    private final EmailListener listener;
    private final Seldom seldom;
    private final Time time;

    BulkSender(
            Function<Email, Passage> entrance,
            RoutingSender routing,
            ObservedSender observed,
            EmailListener listener,
            Seldom seldom,
            Time time) {
        this.entrance = entrance;
        this.routing = routing;
        this.observed = observed;
        this.listener = listener;
        this.seldom = seldom;
        this.time = time;
    }

    /** Cuts emails that are alike into as many as the provider that is ranked first for each may take at once. */
    List<List<Email>> cut(List<Email> alike) {
        List<List<Email>> pieces = new ArrayList<>();
        int from = 0;
        while (from < alike.size()) {
            List<Email> rest = alike.subList(from, alike.size());
            int size = Math.max(1, together(firstRanked(rest.get(0)), rest));
            pieces.add(rest.subList(0, size));
            from += size;
        }
        return pieces;
    }

    private Optional<Route> firstRanked(Email email) {
        return routing.first(email);
    }

    /**
     * Lets emails that are alike pass the outer steps, one by one. Those at the end that are not in the answer have not
     * begun: a store was so slow that the first had no time to wait for them.
     */
    List<Parcel> begin(List<Email> alike) {
        List<Parcel> parcels = new ArrayList<>(alike.size());
        try {
            for (Email email : alike) {
                if (!parcels.isEmpty() && !parcels.get(0).mayWait()) {
                    break;
                }
                parcels.add(Parcel.of(email, entrance, routing, observed));
            }
        } catch (Throwable defect) {
            parcels.forEach(Parcel::broken);
            throw defect;
        }
        return parcels;
    }

    /** Makes one request with as many as fit, of those who are to be tried at the same provider next. */
    void attempt(List<Parcel> parcels) {
        try {
            byNext(parcels).entrySet().stream().findFirst().ifPresent(next -> attempt(next.getKey(), next.getValue()));
        } catch (Throwable defect) {
            parcels.forEach(Parcel::broken);
            throw defect;
        }
    }

    private static Map<Route, List<Parcel>> byNext(List<Parcel> parcels) {
        Map<Route, List<Parcel>> byNext = new LinkedHashMap<>();
        for (Parcel parcel : parcels) {
            parcel.next()
                    .ifPresent(route -> byNext.computeIfAbsent(route, r -> new ArrayList<>())
                            .add(parcel));
        }
        return byNext;
    }

    /** Makes one request with as many as travel together; the others have to wait for the next. */
    private void attempt(Route route, List<Parcel> parcels) {
        int size =
                together(Optional.of(route), parcels.stream().map(Parcel::email).toList());
        if (size < 2) {
            parcels.get(0).goSingly();
            return;
        }
        attempt(route, route.bulk().orElseThrow(), parcels.subList(0, size));
    }

    /** A provider that cannot say how many gets them one by one; so does one on trial, for few are to pay for that. */
    private int together(Optional<Route> route, List<Email> emails) {
        Optional<BulkEmailProvider> provider =
                route.filter(one -> !one.isOnTrial()).flatMap(Route::bulk);
        int[] size = new int[1];
        if (provider.isPresent() && emails.size() > 1) {
            seldom.guard(
                    provider.get().getClass().getName(),
                    () -> size[0] = provider.get().together(emails));
        }
        return Math.min(size[0], emails.size());
    }

    private void attempt(Route route, BulkEmailProvider provider, List<Parcel> parcels) {
        // A request counts once among the attempts that follow others, however many travel in it.
        int before = parcels.stream().mapToInt(Parcel::number).max().orElse(1) - 1;
        if (!routing.afford(before)) {
            parcels.forEach(parcel -> parcel.passedOver(RoutingSender.tooManyFail(route)));
            return;
        }
        long deadline = parcels.stream()
                .map(Parcel::until)
                .min((one, other) -> Long.compare(one - other, 0))
                .orElseThrow();
        BulkRequest request =
                new BulkRequest(provider, parcels.stream().map(Parcel::entry).toList());
        Attempt.Context context = new Attempt.Context(Journey.anyReference(), 1, deadline, time.nanoTime());
        GatedProvider.Answer answer = route.send(request, context, Duration.ZERO);
        if (answer instanceof GatedProvider.Answer.PassedOver passed) {
            routing.payBack(before);
            passedOver(parcels, passed.by(route.name()));
            return;
        }
        note(route, parcels, request, (GatedProvider.Answer.Tried) answer);
    }

    /** What is left of a quota may be too little for all, but not for each. */
    private static void passedOver(List<Parcel> parcels, Skipped skip) {
        if (skip.reason() == Skipped.Reason.QUOTA_USED) {
            parcels.forEach(Parcel::goSingly);
        } else {
            parcels.forEach(parcel -> parcel.passedOver(skip));
        }
    }

    private void note(Route route, List<Parcel> parcels, BulkRequest request, GatedProvider.Answer.Tried tried) {
        List<Outcome> outcomes = request.outcomes(tried.outcome());
        if (BulkRequest.isRefused(outcomes)) {
            parcels.forEach(parcel -> parcel.refusedTogether(tried.outcome().code()));
            return;
        }
        for (int i = 0; i < parcels.size(); i++) {
            int place = i;
            Parcel parcel = parcels.get(i);
            int number = parcel.number();
            Attempt attempt = new Attempt(route.name(), number, outcomes.get(i), tried.elapsed());
            tell(parcel.reference(), attempt);
            parcel.tried(
                    attempt,
                    tried.late()
                            .map(stage -> stage.thenApply(end -> late(
                                    parcel.reference(),
                                    route.name(),
                                    number,
                                    lateOutcome(request.outcomes(end.outcome()), place),
                                    end.elapsed()))));
        }
    }

    /** A request refused as a whole says nothing about an email, which must not be refused for good with its key. */
    private static Outcome lateOutcome(List<Outcome> outcomes, int place) {
        return BulkRequest.isRefused(outcomes)
                ? new Outcome.Unavailable("refused_together", "refused with all that travelled together")
                : outcomes.get(place);
    }

    private GatedProvider.Answer.Tried late(
            String reference, String provider, int number, Outcome outcome, Duration elapsed) {
        listener.on(new EmailEvent.LateResult(
                reference, provider, number, outcome.word(), outcome.code(), outcome.reason(), elapsed));
        return new GatedProvider.Answer.Tried(outcome, elapsed);
    }

    private void tell(String reference, Attempt attempt) {
        listener.on(new EmailEvent.AttemptEnded(
                reference,
                attempt.provider(),
                attempt.number(),
                attempt.outcome().word(),
                attempt.outcome().code(),
                attempt.outcome().reason(),
                attempt.elapsed()));
    }
}
