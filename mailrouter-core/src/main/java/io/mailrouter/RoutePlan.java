package io.mailrouter;

import io.mailrouter.route.Candidate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Who is to be tried with an email, in that order, and who is passed over and why. Immutable.
 *
 * @param ranked who is to be tried, the best first
 * @param skipped who is not, with the reason
 */
public record RoutePlan(List<Choice> ranked, List<Skipped> skipped) {

    /**
     * A provider that is to be tried, and what was known of it when that was decided.
     *
     * @param candidate what was known: the parts of the score
     * @param score the number by which the strategy compares, the smaller the better; empty where no number decides
     */
    public record Choice(Candidate candidate, OptionalDouble score) {

        /** Returns the provider's name. */
        public String provider() {
            return candidate.name();
        }
    }

    public RoutePlan {
        ranked = List.copyOf(ranked);
        skipped = List.copyOf(skipped);
    }

    /** Returns the plan of a send that asked no provider. */
    public static RoutePlan none() {
        return new RoutePlan(List.of(), List.of());
    }

    /** Returns the provider that is to be tried first, if any. */
    public Optional<String> first() {
        return ranked.stream().map(Choice::provider).findFirst();
    }
}
