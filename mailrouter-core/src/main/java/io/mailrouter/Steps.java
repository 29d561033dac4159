package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.event.SendTracer;
import io.mailrouter.health.Fleet;
import io.mailrouter.health.FleetSnapshot;
import io.mailrouter.health.Outlook;
import io.mailrouter.limit.FailoverBudget;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts together the way of an email, from the outside in; {@link Route} puts together the steps around each provider.
 * Emails that travel together pass the outer steps one by one.
 */
final class Steps {

    private final RoutingSender routing;
    private final ObservedSender sender;
    private final BulkSender together;
    private final @Nullable SuppressingSender suppressing;

    Steps(
            EmailServiceBuilder b,
            List<Route> routes,
            @Nullable Keys keys,
            @Nullable ExecutorService stores,
            Audience listener,
            SendTracer tracer,
            Seldom seldom) {
        RoutingSender.Limits limits =
                new RoutingSender.Limits(b.deadline, b.maxAttempts, b.minAttemptTime, b.maxWait, b.ambiguity);
        FailoverBudget budget = new FailoverBudget(b.failoverPercent, b.failoversPerSecond, b.time.nanoTime());
        Ranking.Chance chance = new Ranking.Chance(b.random, b.ambiguity);
        Ranking ranking = new Ranking(routes, b.routing, () -> outlook(b.fleet, seldom, b.time), chance, seldom);
        routing = new RoutingSender(routes, ranking, limits, budget, listener, b.time);
        Sender way = routing;
        Function<Email, Passage> entrance = email -> new Passage.Open(email, sent -> sent);
        suppressing = b.suppression == null || stores == null
                ? null
                : new SuppressingSender(way, b.suppression, b.suppressionSettings, b.deadline, stores, seldom, b.time);
        if (suppressing != null) {
            way = suppressing;
            entrance = suppressing::begin;
        }
        if (keys != null) {
            IdempotentSender.Rules rules = new IdempotentSender.Rules(
                    limits,
                    b.idempotencySettings.onStoreFailure(),
                    routes.stream().map(Route::name).toList(),
                    provider -> window(routes, provider));
            IdempotentSender.Around around = new IdempotentSender.Around(b.time, b.random, b.pause, seldom);
            IdempotentSender idempotent = new IdempotentSender(way, keys, rules, listener, around);
            Function<Email, Passage> inner = entrance;
            way = idempotent;
            entrance = email -> idempotent.beginNow(email).then(inner);
        }
        sender = new ObservedSender(way, listener, tracer, b.time);
        together = new BulkSender(entrance, routing, sender, listener, seldom, b.time);
    }

    private static Outlook outlook(@Nullable Fleet fleet, Seldom seldom, Time time) {
        return new Outlook(fleet == null ? null : snapshot(fleet, seldom), time.nanos());
    }

    private static @Nullable FleetSnapshot snapshot(Fleet fleet, Seldom seldom) {
        try {
            return fleet.snapshot();
        } catch (Throwable defect) {
            seldom.warn("fleet", defect);
            return null;
        }
    }

    private static Optional<Duration> window(List<Route> routes, String provider) {
        return routes.stream()
                .filter(route -> route.name().equals(provider))
                .findFirst()
                .flatMap(Route::idempotencyWindow);
    }

    /** Returns the step that leaves out suppressed recipients, if there is a list. */
    @Nullable
    SuppressingSender suppressing() {
        return suppressing;
    }

    RoutingSender routing() {
        return routing;
    }

    ObservedSender sender() {
        return sender;
    }

    BulkSender together() {
        return together;
    }
}
