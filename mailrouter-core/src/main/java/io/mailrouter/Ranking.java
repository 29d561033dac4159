package io.mailrouter;

import io.mailrouter.RoutePlan.Choice;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Email;
import io.mailrouter.health.Outlook;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Says who is tried, in which order, and why the others are not. */
final class Ranking {

    private final List<Route> routes;
    private final GuardedRouting routing;
    private final Supplier<Outlook> outlook;
    private final Chance chance;

    /**
     * What chance may do.
     *
     * @param random decides
     * @param ambiguity what holds for an email that does not say whether it may be sent again
     */
    record Chance(RandomGenerator random, Ambiguity ambiguity) {

        boolean explores(Email email, GuardedRouting routing) {
            return email.ambiguity().orElse(ambiguity) == Ambiguity.RESEND_OTHER
                    && random.nextDouble() < routing.exploration(email);
        }
    }

    Ranking(List<Route> routes, Routing routing, Supplier<Outlook> outlook, Chance chance, Seldom seldom) {
        this.routes = routes;
        this.routing = new GuardedRouting(routing, seldom);
        this.outlook = outlook;
        this.chance = chance;
    }

    /**
     * What is decided about one send.
     *
     * @param left who would have been tried first, were it usable now
     */
    record Decision(RoutePlan plan, Optional<Skipped> left) {}

    /** Decides about one send. */
    Decision of(Email email) {
        Field field = field(email);
        Choice[] ranked = routing.rank(email, field.eligible());
        standBack(ranked, field.isSomeoneBack() && !routing.ramps());
        explore(email, ranked);
        trialsFirst(field, ranked);
        RoutePlan plan = plan(email, field, ranked);
        tellWhoMissed(field);
        return new Decision(plan, left(email, field));
    }

    /** In a fleet one node tries for all, which must be one that has emails. */
    private void tellWhoMissed(Field field) {
        for (Skipped skip : field.skipped()) {
            if (skip.reason() == Skipped.Reason.OPEN) {
                route(skip.provider()).miss(field.isInNeed());
            }
        }
    }

    /** Asked only while somebody is not usable: the strategy says whether that makes a difference to this email. */
    private Optional<Skipped> left(Email email, Field field) {
        if (!field.isAnyoneShut()) {
            return Optional.empty();
        }
        Choice[] ideal = routing.preview(email, field.fit());
        email.preferredProvider().ifPresent(name -> preferred(ideal, name));
        return ideal.length == 0
                ? Optional.empty()
                : field.skipped().stream()
                        .filter(skip -> skip.provider().equals(ideal[0].provider()))
                        .findFirst();
    }

    /** Says what {@link #of} would decide, without any effect. */
    RoutePlan preview(Email email) {
        Field field = field(email);
        Choice[] ranked = routing.preview(email, field.eligible());
        trialsFirst(field, ranked);
        return plan(email, field, ranked);
    }

    /** Returns who would be tried, and in which order, if all who may send an email could do so now; without any effect. */
    List<Route> ideal(Email email) {
        Field field = field(email);
        return Arrays.stream(routing.preview(email, field.fit()))
                .map(choice -> route(choice.provider()))
                .toList();
    }

    /** One email that can only try who is on trial pays for the trials of others as well, which would cost another each. */
    private Field field(Email email) {
        Outlook known = outlook.get();
        Field field = Field.of(routes, email, known, false);
        return isInNeed(field) ? Field.of(routes, email, known, true) : field;
    }

    private boolean isInNeed(Field field) {
        List<Candidate> eligible = field.eligible();
        for (int i = 0; i < eligible.size(); i++) {
            if (!isOnTrial(eligible.get(i))) {
                return false;
            }
        }
        return !eligible.isEmpty();
    }

    /**
     * Those that are new leave some emails to others, and so do those that have just come back, ever fewer. A strategy may
     * see to that ramp by itself, but the share of a new provider is promised: only chance keeps to that.
     */
    private void standBack(Choice[] ranked, boolean ramp) {
        Set<Choice> back = Set.of();
        for (Choice choice : ranked) {
            double part = route(choice.provider()).share()
                    * (ramp ? choice.candidate().slowStart() : 1);
            if (part < 1 && chance.random().nextDouble() >= part) {
                back = back.isEmpty() ? new HashSet<>() : back;
                back.add(choice);
            }
        }
        if (!back.isEmpty()) {
            Arrays.sort(ranked, Comparator.comparing(back::contains));
        }
    }

    /** Now and then someone else goes first, or nobody would learn that he has become better. */
    private void explore(Email email, Choice[] ranked) {
        if (ranked.length > 1 && chance.explores(email, routing)) {
            first(ranked, chance.random().nextInt(1, ranked.length));
        }
    }

    /** Without an email a trial would not end: strategies rank those last that have failed. */
    private void trialsFirst(Field field, Choice[] ranked) {
        if (!field.isSomeoneBack()) {
            return;
        }
        Set<Choice> others = new HashSet<>();
        for (Choice choice : ranked) {
            if (!isOnTrial(choice.candidate())) {
                others.add(choice);
            }
        }
        Arrays.sort(ranked, Comparator.comparing(others::contains));
    }

    private boolean isOnTrial(Candidate candidate) {
        return candidate.slowStart() < 1 && route(candidate.name()).isOnTrial();
    }

    private static RoutePlan plan(Email email, Field field, Choice[] ranked) {
        for (int i = 0;
                ranked.length < field.eligible().size() && i < field.eligible().size();
                i++) {
            Candidate candidate = field.eligible().get(i);
            if (Arrays.stream(ranked).noneMatch(choice -> choice.candidate().equals(candidate))) {
                field.skip(new Skipped(candidate.name(), Skipped.Reason.NOT_RANKED, "", Optional.empty()));
            }
        }
        email.preferredProvider().ifPresent(name -> preferred(ranked, name));
        return new RoutePlan(List.of(ranked), field.skipped());
    }

    private static void preferred(Choice[] ranked, String name) {
        for (int i = 1; i < ranked.length; i++) {
            if (ranked[i].provider().equals(name)) {
                first(ranked, i);
                return;
            }
        }
    }

    private static void first(Choice[] ranked, int place) {
        Choice chosen = ranked[place];
        System.arraycopy(ranked, 0, ranked, 1, place);
        ranked[0] = chosen;
    }

    /** Returns the routes that a plan names, in its order; nearly always only the first is asked for. */
    List<Route> routes(RoutePlan plan) {
        List<Choice> ranked = plan.ranked();
        return new AbstractList<>() {
            @Override
            public Route get(int place) {
                return route(ranked.get(place).provider());
            }

            @Override
            public int size() {
                return ranked.size();
            }
        };
    }

    private Route route(String name) {
        for (Route route : routes) {
            if (route.name().equals(name)) {
                return route;
            }
        }
        throw new IllegalArgumentException("provider '" + name + "' is not one of this service");
    }
}
