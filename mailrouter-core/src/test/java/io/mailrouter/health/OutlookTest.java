package io.mailrouter.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OutlookTest {

    private static final Outcome ACCEPTED = new Outcome.Accepted("m");
    private static final Outcome REFUSED = new Outcome.Unavailable("refused", "");
    private static final Offset<Double> NEARLY = within(0.000_1);

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final ProviderHealth own = new ProviderHealth(now::get);

    private void pass(double seconds) {
        now.addAndGet((long) (seconds * 1e9));
    }

    private FleetSnapshot fleet(int millis, double ok, double failed) {
        return new FleetSnapshot(
                true,
                2,
                Map.of(
                        "ses",
                        new FleetSnapshot.Provider(ok + failed, ok, failed, 0, 0, Duration.ofMillis(millis), 0, 0)),
                now.get());
    }

    private double millis(FleetSnapshot snapshot) {
        return new Outlook(snapshot, now.get()).latencyNanos("ses", own) / 1e6;
    }

    private double errors(FleetSnapshot snapshot) {
        return new Outlook(snapshot, now.get()).errorRate("ses", own);
    }

    @Test
    void nobodyKnowsAnythingAtFirst() {
        Outlook alone = new Outlook(null, now.get());

        assertThat(alone.latencyNanos("ses", own)).isZero();
        assertThat(alone.errorRate("ses", own)).isZero();
        assertThat(new Outlook(fleet(100, 1, 0), now.get()).latencyNanos("other", own))
                .isZero();
    }

    @Test
    void withoutAFleetOwnKnowledgeHoldsHoweverOld() {
        own.record(ACCEPTED, Duration.ofMillis(80));
        pass(3_600);

        assertThat(new Outlook(null, now.get()).latencyNanos("ses", own)).isEqualTo(80_000_000);
    }

    @Test
    void aSlownessThatNobodyHasSeenForAWhileGoesBackToTheBestThatWas() {
        own.record(ACCEPTED, Duration.ofMillis(100));
        own.record(ACCEPTED, Duration.ofMillis(1_000));

        assertThat(own.latency()).isEqualTo(Duration.ofMillis(1_000));
        pass(10);
        assertThat(millis(null)).isEqualTo(100 + 900 * Math.exp(-1), NEARLY);
        own.record(ACCEPTED, Duration.ofMillis(1_000));
        assertThat(millis(null)).as("it is still slow").isEqualTo(1_000, NEARLY);
        pass(25);
        own.record(ACCEPTED, Duration.ofMillis(100));
        assertThat(millis(null)).as("it is as quick as before").isBetween(100.0, 107.0);
        pass(1_000);
        assertThat(millis(null)).isEqualTo(100, NEARLY);
    }

    @Test
    void theFleetsSlownessGoesBackOnceNobodyUsesTheProviderAnyMore() {
        own.record(ACCEPTED, Duration.ofMillis(100));
        double count = 1_000;
        for (int second = 0; second < 30; second++) {
            assertThat(millis(fleet(1_000, count, 0)))
                    .as("in use, second " + second)
                    .isGreaterThan(360);
            pass(1);
        }
        assertThat(millis(fleet(1_000, count, 0))).isGreaterThan(900);
        for (int second = 0; second < 30; second++) {
            pass(1);
            count *= Math.exp(-0.1);
            millis(fleet(1_000, count, 0));
        }
        assertThat(millis(fleet(1_000, count, 0))).isBetween(100.0, 150.0);
        pass(1);
        assertThat(millis(fleet(1_000, count * Math.exp(-0.1) + 0.9 * count, 0)))
                .as("somebody has used it, and it is as slow as it was")
                .isGreaterThan(900);
    }

    @Test
    void withoutOwnKnowledgeTheFleetsHolds() {
        assertThat(millis(fleet(100, 1, 0))).isEqualTo(100);
        pass(60);
        assertThat(millis(fleet(100, 0.01, 0))).isEqualTo(100);
    }

    @Test
    void ownKnowledgeCountsSevenTenthsAndLessWithItsAge() {
        own.record(ACCEPTED, Duration.ofMillis(200));

        assertThat(millis(fleet(100, 1, 0))).isEqualTo(170, NEARLY);
        pass(3);
        assertThat(millis(fleet(100, 1, 0))).isEqualTo(170, NEARLY);
        pass(7);
        assertThat(millis(fleet(100, 1, 0))).isEqualTo(100 + 100 * Math.exp(-1), NEARLY);
        pass(90);
        assertThat(millis(fleet(100, 1, 0))).isEqualTo(100 + 100 * Math.exp(-10), NEARLY);
    }

    @Test
    void theFleetsKnowledgeFadesBetween5And15Seconds() {
        own.record(ACCEPTED, Duration.ofMillis(200));
        own.record(ACCEPTED, Duration.ofMillis(200));
        FleetSnapshot snapshot = fleet(100, 0, 100);
        double fresh = errors(snapshot);

        pass(5);
        double weight = Math.exp(-0.5);
        assertThat(millis(snapshot)).isEqualTo(200 * weight + 100 * (1 - weight), NEARLY);
        assertThat(errors(snapshot)).isEqualTo(fresh).isEqualTo(1);
        pass(5);
        weight = Math.exp(-1);
        assertThat(millis(snapshot))
                .isEqualTo((200 * weight + 100 * 0.5 * (1 - weight)) / (weight + 0.5 * (1 - weight)), NEARLY);
        assertThat(errors(snapshot)).isEqualTo(0.5, NEARLY);
        pass(5);
        assertThat(millis(snapshot)).isEqualTo(200);
        assertThat(errors(snapshot)).isZero();
    }

    @Test
    void eachFailureAddsAFifthUpToOneAndItDecaysInTenSeconds() {
        own.record(REFUSED, Duration.ZERO);
        assertThat(own.errorRate()).isEqualTo(0.2, NEARLY);
        pass(10);
        assertThat(own.errorRate()).isEqualTo(0.2 * Math.exp(-1), NEARLY);
        own.record(new Outcome.Unknown("timeout", ""), Duration.ZERO);
        assertThat(own.errorRate()).isEqualTo(0.2 + 0.2 * Math.exp(-1), NEARLY);
        for (int i = 0; i < 10; i++) {
            own.record(REFUSED, Duration.ZERO);
        }
        assertThat(own.errorRate()).isEqualTo(1);
        assertThat(errors(null)).isEqualTo(1);
    }

    @Test
    void whatIsNotTheProvidersFaultIsNoError() {
        own.record(new Outcome.Rejected("bad_recipient", ""), Duration.ZERO);
        own.record(new Outcome.Throttled("slow_down", "", java.util.Optional.empty()), Duration.ZERO);
        own.record(ACCEPTED, Duration.ofMillis(1));

        assertThat(own.errorRate()).isZero();
    }

    @Test
    void ofTwoErrorRatesTheHigherHolds() {
        assertThat(errors(fleet(100, 50, 50))).isEqualTo(0.5, NEARLY);
        own.record(REFUSED, Duration.ZERO);
        assertThat(errors(fleet(100, 50, 50))).isEqualTo(0.5, NEARLY);
        assertThat(errors(fleet(100, 100, 0))).isEqualTo(0.2, NEARLY);
    }

    @Test
    void fewFailuresOfTheFleetSayLittle() {
        assertThat(errors(fleet(100, 0, 1))).isEqualTo(0.2, NEARLY);
        assertThat(errors(fleet(100, 0, 0.1))).isEqualTo(0.02, NEARLY);
    }

    @Test
    void aSnapshotFromBeforeTheClockBeganIsFresh() {
        FleetSnapshot snapshot = fleet(100, 0, 10);

        assertThat(snapshot.age(now.get() - 1)).isZero();
        assertThat(snapshot.age(now.get() + 7_000_000_000L)).isEqualTo(Duration.ofSeconds(7));
        assertThat(new Outlook(snapshot, now.get() - 1).errorRate("ses", own)).isEqualTo(1);
    }
}
