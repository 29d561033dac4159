package io.mailrouter;

import io.mailrouter.email.Email;
import io.mailrouter.route.Candidate;
import io.mailrouter.route.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A strategy that answers whatever the user's own one does: where that throws or has no answer, the order of registration
 * is as good as any, and all else is as by default.
 */
final class GuardedRouting implements Routing {

    private static final String STRATEGY = "routing";

    private final Routing routing;
    private final Seldom seldom;

    GuardedRouting(Routing routing, Seldom seldom) {
        this.routing = routing;
        this.seldom = seldom;
    }

    /** Returns candidates that are eligible, each once, in a list that the caller may change. */
    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        try {
            return eachOnce(routing.rank(email, eligible), eligible);
        } catch (Throwable defect) {
            return registered(eligible, defect);
        }
    }

    /** As {@link #rank}, without any effect. */
    @Override
    public List<Candidate> preview(Email email, List<Candidate> eligible) {
        try {
            return eachOnce(routing.preview(email, eligible), eligible);
        } catch (Throwable defect) {
            return registered(eligible, defect);
        }
    }

    private List<Candidate> registered(List<Candidate> eligible, Throwable defect) {
        seldom.warn(STRATEGY, defect);
        return new ArrayList<>(eligible);
    }

    private static List<Candidate> eachOnce(List<Candidate> answer, List<Candidate> eligible) {
        List<Candidate> ranked = new ArrayList<>(eligible.size());
        for (int i = 0; i < answer.size(); i++) {
            Candidate candidate = answer.get(i);
            if (eligible.contains(candidate) && !ranked.contains(candidate)) {
                ranked.add(candidate);
            }
        }
        return ranked;
    }

    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        try {
            return Objects.requireNonNull(routing.score(email, candidate, eligible));
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return OptionalDouble.empty();
        }
    }

    @Override
    public boolean ramps() {
        try {
            return routing.ramps();
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return false;
        }
    }

    @Override
    public double exploration(Email email) {
        try {
            return routing.exploration(email);
        } catch (Throwable defect) {
            seldom.warn(STRATEGY, defect);
            return 0;
        }
    }
}
