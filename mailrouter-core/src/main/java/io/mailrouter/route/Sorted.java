package io.mailrouter.route;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Ranks by one number of a candidate, the smallest first, and equals as the latency-aware strategy does. */
final class Sorted implements Routing {

    private final ToDoubleFunction<Candidate> number;
    private final Routing equals = new LatencyAware(new LatencySettings());

    Sorted(ToDoubleFunction<Candidate> number) {
        this.number = number;
    }

    @Override
    public List<Candidate> rank(Email email, List<Candidate> eligible) {
        List<Candidate> candidates = equals.rank(email, eligible);
        double[] numbers = new double[candidates.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number.applyAsDouble(candidates.get(i));
        }
        return Ascending.by(numbers, candidates);
    }

    @Override
    public OptionalDouble score(Email email, Candidate candidate, List<Candidate> eligible) {
        double value = number.applyAsDouble(candidate);
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
}
