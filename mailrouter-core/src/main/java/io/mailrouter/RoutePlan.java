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

    private static final RoutePlan NONE = new RoutePlan(List.of(), List.of());

    public RoutePlan {
        ranked = List.copyOf(ranked);
        skipped = List.copyOf(skipped);
    }

    /** Returns the plan of a send that asked no provider. */
    public static RoutePlan none() {
        return NONE;
    }

    /**
     * Returns one line for an operator: who is to be tried, in that order and with the score, and who is not, why and
     * until when. Such as {@code sendgrid 412, smtp 500; skipped: ses open until 2026-01-01T00:00:30Z (open after
     * failures)}. Nothing personal; the wording may change.
     */
    public String summary() {
        return PlanText.line(this);
    }

    /**
     * Returns a table for an operator, in a font of one width: a line for each provider, with the parts of its score or
     * with the reason for which it is passed over. Nothing personal; the layout may change.
     *
     * <pre>
     *    provider  score  latency  errors  in flight  weight  cost  quota  slow start
     * 1  sendgrid    412   412 ms     0 %          0       1     0      1           1
     * -  ses       open until 2026-01-01T00:00:30Z (open after failures)
     * </pre>
     */
    public String table() {
        return PlanText.table(this);
    }

    /** Returns the {@link #summary()}. */
    @Override
    public String toString() {
        return summary();
    }

    /** Returns the provider that is to be tried first, if any. */
    public Optional<String> first() {
        return ranked.stream().map(Choice::provider).findFirst();
    }
}
