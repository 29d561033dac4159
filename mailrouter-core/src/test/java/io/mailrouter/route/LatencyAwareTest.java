package io.mailrouter.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.email.Email;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LatencyAwareTest {

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .text("hello")
            .build();

    private static Candidate.Builder candidate(String name, int millis) {
        return Candidate.named(name).latency(Duration.ofMillis(millis));
    }

    private static double score(Candidate.Builder candidate) {
        return score(candidate, settings -> {});
    }

    private static double score(Candidate.Builder candidate, Consumer<LatencySettings> change, Candidate... others) {
        Candidate one = candidate.build();
        List<Candidate> all = new java.util.ArrayList<>(List.of(others));
        all.add(one);
        return Routing.latencyAware(change).score(EMAIL, one, all).orElseThrow();
    }

    private static List<String> ranked(Candidate.Builder... candidates) {
        List<Candidate> eligible = java.util.Arrays.stream(candidates)
                .map(Candidate.Builder::build)
                .toList();
        return Routing.latencyAware().rank(EMAIL, eligible).stream()
                .map(Candidate::name)
                .toList();
    }

    @Test
    void theQuickestGoesFirstAndOfEqualsTheFirstRegistered() {
        assertThat(ranked(candidate("a", 300), candidate("b", 100), candidate("c", 200)))
                .containsExactly("b", "c", "a");
        assertThat(ranked(candidate("a", 100), candidate("b", 50), candidate("c", 100)))
                .containsExactly("b", "a", "c");
        assertThat(ranked()).isEmpty();
    }

    @Test
    void whoIsNotKnownCountsAsHalfASecond() {
        assertThat(score(Candidate.named("a"))).isEqualTo(500);
    }

    @Test
    void whoIsNotKnownIsTriedBeforeTheBestThatIsKnown() {
        assertThat(ranked(candidate("a", 300), Candidate.named("new"), candidate("b", 200)))
                .containsExactly("new", "b", "a");
        assertThat(ranked(candidate("a", 300), Candidate.named("new").inFlight(2), candidate("b", 200)))
                .containsExactly("b", "new", "a");
        assertThat(ranked(candidate("slow", 900), Candidate.named("new"))).containsExactly("new", "slow");
    }

    @Test
    void whoFailsFastIsNotQuick() {
        assertThat(ranked(candidate("failing", 1).errorRate(1), candidate("b", 1_000)))
                .containsExactly("b", "failing");
    }

    @Test
    void everyPartOfTheScoreCountsAsTheFormulaSays() {
        assertThat(score(candidate("a", 100))).isEqualTo(100);
        assertThat(score(candidate("a", 100).inFlight(5))).isEqualTo(150);
        assertThat(score(candidate("a", 100).errorRate(0.2))).isCloseTo(100 / 0.8 + 400, within(1e-9));
        assertThat(score(candidate("a", 100).errorRate(1))).isCloseTo(100 / 0.05 + 2_000, within(1e-9));
        assertThat(score(candidate("a", 100).quotaPressure(10))).isEqualTo(1_000);
        assertThat(score(candidate("a", 100).weight(4))).isEqualTo(25);
        assertThat(score(candidate("a", 100)
                        .inFlight(10)
                        .errorRate(0.5)
                        .quotaPressure(2)
                        .weight(2)))
                .isCloseTo((100 * 2 / 0.5 + 1_000) * 2 / 2, within(1e-9));
    }

    @Test
    void aPriceCountsOnlyIfAsked() {
        Candidate cheap = candidate("cheap", 100).cost(0.001).build();

        assertThat(score(candidate("a", 100).cost(0.003), s -> {}, cheap)).isEqualTo(100);
        assertThat(score(candidate("a", 100).cost(0.003), s -> s.costWeight(0.5), cheap))
                .isCloseTo(100 * (1 + 0.5 * 3), within(1e-9));
    }

    @Test
    void aPriceThatWasNotSaidIsThatOfTheCheapestAndNoneAtAllMakesNoDifference() {
        Candidate cheap = candidate("cheap", 100).cost(0.001).build();
        Candidate unknown = candidate("unknown", 100).build();

        assertThat(score(candidate("a", 100), s -> s.costWeight(1), cheap)).isEqualTo(200);
        assertThat(score(candidate("a", 100).cost(0.002), s -> s.costWeight(1), cheap, unknown))
                .isEqualTo(300);
        assertThat(score(candidate("a", 100), s -> s.costWeight(1), unknown)).isEqualTo(100);
    }

    @Test
    void triesOutOthersWithOneEmailInAHundredUnlessToldOtherwise() {
        assertThat(Routing.latencyAware().exploration(EMAIL)).isEqualTo(0.01);
        assertThat(Routing.latencyAware(s -> s.exploration(0.2)).exploration(EMAIL))
                .isEqualTo(0.2);
    }

    @Test
    void leavesItToTheServiceToComeBackByARampWhichANumberToCompareByCannot() {
        assertThat(Routing.latencyAware().ramps()).isFalse();
        assertThat(ranked(candidate("a", 100).slowStart(0.1), candidate("b", 150)))
                .containsExactly("a", "b");
    }

    @Test
    void aSettingOutOfRangeIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.latencyAware(s -> s.costWeight(-1)))
                .withMessage("costWeight is -1.0: 0 to 1000.0 is needed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.latencyAware(s -> s.costWeight(Double.NaN)))
                .withMessageContaining("costWeight is NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.latencyAware(s -> s.exploration(0.51)))
                .withMessage("exploration is 0.51: 0 to 0.5 is needed");
    }
}
