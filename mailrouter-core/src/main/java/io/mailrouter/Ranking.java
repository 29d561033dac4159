package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says who is tried, in which order, and notes why the others are not. */
final class Ranking {

    private final List<Route> routes;
    private final Routing routing;
    private final Seldom seldom;

    Ranking(List<Route> routes, Routing routing, Seldom seldom) {
        this.routes = routes;
        this.routing = routing;
        this.seldom = seldom;
    }

    List<Route> of(Email email, Journey journey) {
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
}
