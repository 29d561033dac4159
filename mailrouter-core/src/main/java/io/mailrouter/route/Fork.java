package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/** Goes by one of several strategies, as an email is. */
final class Fork implements Routing {

    private final Function<Email, Routing> choice;
    private final List<Routing> all;

    Fork(Function<Email, Routing> choice, List<Routing> all) {
        this.choice = choice;
        this.all = all;
    }

    static Fork byTrafficClass(Map<String, Routing> classes, Routing otherwise) {
        List<Routing> all = new ArrayList<>(classes.values());
        all.add(otherwise);
        return new Fork(email -> classes.getOrDefault(email.trafficClass(), otherwise), all);
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        return choice.apply(email).rank(email, eligible);
    }

    @Override
    public List<Candidate> preview(Email email, List<Candidate> eligible) {
        return choice.apply(email).preview(email, eligible);
    }

    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        return choice.apply(email).score(email, candidate, eligible);
    }

    /** If one of them does not, the service does it for all. */
    @Override
    public boolean ramps() {
        return all.stream().allMatch(Routing::ramps);
    }

    @Override
    public double exploration(Email email) {
        return choice.apply(email).exploration(email);
    }

    @Override
    public Set<String> names() {
        Set<String> names = new HashSet<>();
        all.forEach(strategy -> names.addAll(strategy.names()));
        return names;
    }
}
