package io.mailrouter;

import io.mailrouter.RoutePlan.Choice;
import io.mailrouter.email.Email;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Asks a strategy, which may be the user's own: where that throws or has no answer, the order of registration is as good
 * as any, and all else is as by default. Whom it names is eligible, and each is named once.
 */
final class GuardedRouting {

    private static final String STRATEGY = "routing";

    private final Routing routing;
    private final Seldom seldom;

    GuardedRouting(Routing routing, Seldom seldom) {
        this.routing = routing;
        this.seldom = seldom;
    }

    /** Returns who is to be tried, the best first. */
    Choice[] rank(Email email, List<Candidate> eligible) {
        try {
            return scored(email, routing.rank(email, eligible), eligible);
        } catch (Throwable defect) {
            return registered(email, eligible, defect);
        }
    }

    /** As {@link #rank}, without any effect. */
    Choice[] preview(Email email, List<Candidate> eligible) {
        try {
            return scored(email, routing.preview(email, eligible), eligible);
        } catch (Throwable defect) {
            return registered(email, eligible, defect);
        }
    }

    private Choice[] registered(Email email, List<Candidate> eligible, Throwable defect) {
        seldom.warn(STRATEGY, defect);
        return scored(email, eligible, eligible);
    }

    private Choice[] scored(Email email, List<Candidate> answer, List<Candidate> eligible) {
        Choice[] ranked = new Choice[eligible.size()];
        int count = 0;
        for (int i = 0; i < answer.size(); i++) {
            Candidate candidate = answer.get(i);
            if (eligible.contains(candidate) && !contains(ranked, count, candidate)) {
                ranked[count] = new Choice(candidate, score(email, candidate, eligible));
                count++;
            }
        }
        return count == ranked.length ? ranked : Arrays.copyOf(ranked, count);
    }

    private static boolean contains(Choice[] ranked, int count, Candidate candidate) {
        for (int i = 0; i < count; i++) {
            if (ranked[i].candidate().equals(candidate)) {
                return true;
            }
        }
        return false;
    }

    private OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        try {
            return Objects.requireNonNull(routing.score(email, candidate, eligible));
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return OptionalDouble.empty();
        }
    }

    /** As {@link Routing#ramps}. */
    boolean ramps() {
        try {
            return routing.ramps();
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return false;
        }
    }

    /** As {@link Routing#exploration}. */
    double exploration(Email email) {
        try {
            return routing.exploration(email);
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return 0;
        }
    }
}
