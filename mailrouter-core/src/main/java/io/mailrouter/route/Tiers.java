package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** Asks several strategies in turn, each about those whom the ones before have left out. */
final class Tiers implements Routing {

    private final List<Routing> tiers;

    Tiers(List<Routing> tiers) {
        if (tiers.isEmpty()) {
            throw new IllegalArgumentException("tiers needs at least one strategy");
        }
        this.tiers = tiers;
    }

    private interface Question {
        List<Candidate> ask(Routing tier, List<Candidate> left);
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        return inTurn(eligible, (tier, left) -> tier.rank(email, left));
    }

    @Override
    public List<Candidate> preview(Email email, List<Candidate> eligible) {
        return inTurn(eligible, (tier, left) -> tier.preview(email, left));
    }

    private List<Candidate> inTurn(List<Candidate> eligible, Question question) {
        List<Candidate> ranked = new ArrayList<>(eligible.size());
        List<Candidate> left = new ArrayList<>(eligible);
        for (Routing tier : tiers) {
            if (left.isEmpty()) {
                break;
            }
            List<Candidate> best = question.ask(tier, List.copyOf(left));
            ranked.addAll(best);
            left.removeAll(best);
        }
        return ranked;
    }

    /** The number by which its own tier compares it. */
    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        List<Candidate> left = new ArrayList<>(eligible);
        for (Routing tier : tiers) {
            List<Candidate> best = tier.preview(email, List.copyOf(left));
            if (best.contains(candidate)) {
                return tier.score(email, candidate, left);
            }
            left.removeAll(best);
        }
        return OptionalDouble.empty();
    }

    /** If one of them does not, the service does it for all: a provider that has just come back stands behind every tier. */
    @Override
    public boolean ramps() {
        return tiers.stream().allMatch(Routing::ramps);
    }

    @Override
    public Set<String> names() {
        Set<String> names = new HashSet<>();
        tiers.forEach(tier -> names.addAll(tier.names()));
        return names;
    }
}
