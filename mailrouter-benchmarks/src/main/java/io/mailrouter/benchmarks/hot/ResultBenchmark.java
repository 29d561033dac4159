package io.mailrouter.benchmarks.hot;

import io.mailrouter.EmailService;
import io.mailrouter.RoutePlan;
import io.mailrouter.SendResult;
import io.mailrouter.Trail;
import io.mailrouter.provider.Attempt;
import io.mailrouter.route.Candidate;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * How large the result of an accepted send is that its caller gets, with the plan of three providers in it. Copies one,
 * down to the last object that is not shared with other results, so the bytes are the result's own; the time means
 * nothing. What {@link DecisionBenchmark#acceptedSend} allocates beyond that is the cost of the way to it.
 */
@State(Scope.Benchmark)
public class ResultBenchmark {

    private final SendResult.Accepted accepted = accepted();

    private final char[] reference = accepted.trail().reference().toCharArray();

    private static SendResult.Accepted accepted() {
        try (EmailService emails = Services.instant(3)) {
            return emails.send(Example.SHORT.email());
        }
    }

    /** Copies it. */
    @Benchmark
    public SendResult resultAlone() {
        return new SendResult.Accepted(accepted.provider(), accepted.messageId(), copy(accepted.trail()));
    }

    private Trail copy(Trail trail) {
        return new Trail(
                String.valueOf(reference),
                List.of(copy(trail.attempts().get(0))),
                trail.skipped(),
                trail.suppressed(),
                trail.notes(),
                copy(trail.plan()),
                copy(trail.elapsed()),
                trail.claims());
    }

    private static Attempt copy(Attempt attempt) {
        return new Attempt(attempt.provider(), attempt.number(), attempt.outcome(), copy(attempt.elapsed()));
    }

    private static RoutePlan copy(RoutePlan plan) {
        return new RoutePlan(
                List.of(
                        copy(plan.ranked().get(0)),
                        copy(plan.ranked().get(1)),
                        copy(plan.ranked().get(2))),
                plan.skipped());
    }

    private static RoutePlan.Choice copy(RoutePlan.Choice choice) {
        Candidate was = choice.candidate();
        Candidate candidate = Candidate.named(was.name())
                .latency(was.latency())
                .errorRate(was.errorRate())
                .inFlight(was.inFlight())
                .weight(was.weight())
                .cost(was.cost())
                .quotaPressure(was.quotaPressure())
                .slowStart(was.slowStart())
                .build();
        return new RoutePlan.Choice(candidate, OptionalDouble.of(choice.score().orElseThrow()));
    }

    private static Duration copy(Duration time) {
        return Duration.ofNanos(time.toNanos());
    }
}
