package io.mailrouter.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.mailrouter.benchmarks.scale.FleetSimulation.Outcome;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FleetSimulationTest {

    private static final long SEED = 7;
    private static final int SENDS = 20_000;

    static Stream<Fleet> fleets() {
        Fleet one = Fleet.of(1);
        return Stream.of(
                one,
                one.withSenders(256, one.pollers()),
                one.withSenders(256, 16),
                Fleet.of(10).withRate(500),
                Fleet.of(100).withKeys());
    }

    @ParameterizedTest
    @MethodSource("fleets")
    void sendsNoMoreThanThePaperAllowsAndNearlyAsMuch(Fleet fleet) {
        Outcome outcome = simulated(fleet);

        assertThat(outcome.perSecond()).isCloseTo(fleet.firstLimit().getValue(), withinPercentage(4));
    }

    @ParameterizedTest
    @MethodSource("fleets")
    void runsOutOfWhatThePaperSays(Fleet fleet) {
        assertThat(simulated(fleet).limit().getKey())
                .isEqualTo(fleet.firstLimit().getKey());
    }

    @ParameterizedTest
    @MethodSource("fleets")
    void hasAsManySendsUnderWayAsLittlesLawSays(Fleet fleet) {
        Outcome outcome = simulated(fleet);

        assertThat(outcome.sending()).isCloseTo(outcome.perSecond() * outcome.sendSeconds(), withinPercentage(2));
    }

    @Test
    void givesTheSameForTheSameSeed() {
        assertThat(simulated(Fleet.of(3))).isEqualTo(simulated(Fleet.of(3)));
    }

    private static Outcome simulated(Fleet fleet) {
        return new FleetSimulation(fleet, SEED).run(SENDS);
    }
}
