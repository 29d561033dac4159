package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** Asks a strategy about some providers only, and leaves out the others. */
final class Among implements Routing {

    private final Routing strategy;
    private final Set<String> members;
    private final Set<String> names;

    Among(Routing strategy, List<String> members) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("among needs the name of at least one provider");
        }
        this.strategy = strategy;
        this.members = Set.copyOf(members);
        Set<String> all = new HashSet<>(members);
        all.addAll(strategy.names());
        this.names = Set.copyOf(all);
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        return strategy.rank(email, own(eligible));
    }

    @Override
    public List<Candidate> preview(Email email, List<Candidate> eligible) {
        return strategy.preview(email, own(eligible));
    }

    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        return members.contains(candidate.name())
                ? strategy.score(email, candidate, own(eligible))
                : OptionalDouble.empty();
    }

    private List<Candidate> own(List<Candidate> eligible) {
        List<Candidate> own = new ArrayList<>(eligible.size());
        for (Candidate candidate : eligible) {
            if (members.contains(candidate.name())) {
                own.add(candidate);
            }
        }
        return own;
    }

    @Override
    public boolean ramps() {
        return strategy.ramps();
    }

    @Override
    public double exploration(Email email) {
        return strategy.exploration(email);
    }

    @Override
    public Set<String> names() {
        return names;
    }
}
