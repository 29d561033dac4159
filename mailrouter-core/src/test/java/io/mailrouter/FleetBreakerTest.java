package io.mailrouter;

import static io.mailrouter.health.CircuitNews.Kind.FAILED;
import static io.mailrouter.health.CircuitNews.Kind.OPENED;
import static io.mailrouter.health.CircuitNews.Kind.PASSED;
import static io.mailrouter.health.CircuitNews.Kind.RESET;
import static io.mailrouter.health.CircuitNews.Kind.WANTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.BreakerStatus.State;
import io.mailrouter.health.CircuitNews;
import io.mailrouter.health.FleetCircuit;
import io.mailrouter.health.FleetCircuit.Lease;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One node's breaker as it follows its fleet, on a virtual clock. */
class FleetBreakerTest {

    private static final Duration QUICK = Duration.ofMillis(10);

    private final VirtualTime time = new VirtualTime();
    private final ScriptedFleet fleet = new ScriptedFleet(time.time(), "p");
    private final List<State> changes = new ArrayList<>();
    private final Breaker breaker = breaker(false);

    private Breaker breaker(boolean probed) {
        BreakerSettings settings = new BreakerSettings();
        FleetRule rule = new FleetRule("p", fleet, settings, time.time(), new Seldom(time.time()));
        return new Breaker(
                "p", settings, rule, probed, time.time(), new Random(3), status -> changes.add(status.state()));
    }

    private boolean attempt(Signal signal) {
        Breaker.Permit permit = breaker.tryAcquire();
        if (permit == null) {
            return false;
        }
        breaker.record(permit, signal, QUICK);
        return true;
    }

    private void trip() {
        for (int i = 0; i < 5; i++) {
            attempt(Signal.UNAVAILABLE);
        }
    }

    /** Hears an open circuit whose time is over. */
    private FleetCircuit hearOpen(long epoch) {
        FleetCircuit open = fleet.open(epoch);
        breaker.hear(fleet.knows(open));
        time.pass(Duration.ofSeconds(11));
        breaker.hear(fleet.knows(open));
        return open;
    }

    @Test
    void whatItHasSeenItselfIsToldUnderTheEpochThatItKnows() {
        trip();
        breaker.hear(fleet.knows(fleet.open(41)));
        breaker.hear(fleet.knows(fleet.ended(42, FleetCircuit.State.CLOSED)));
        trip();

        assertThat(fleet.kinds()).containsExactly(OPENED, OPENED);
        assertThat(fleet.news).extracting(CircuitNews::epoch).containsExactly(0L, 42L);
        assertThat(fleet.news.get(0).openFor()).isEqualTo(Duration.ofSeconds(10));
        assertThat(fleet.news.get(0).atMost()).isEqualTo(Duration.ofMinutes(5));
        assertThat(fleet.news.get(0).trial()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void leavesAloneWhatItHasNeverTriedItself() {
        breaker.hear(fleet.knows(fleet.open(7)));

        assertThat(breaker.isLeftAlone()).isTrue();
        assertThat(breaker.status().isOfFleet()).isTrue();
        assertThat(breaker.status().nodes()).isEqualTo(2);
        assertThat(Duration.between(time.now(), breaker.status().until())).isEqualTo(Duration.ofSeconds(10));
        assertThat(attempt(Signal.OK)).isFalse();
        assertThat(changes).containsExactly(State.OPEN);
    }

    @Test
    @DisplayName("P23 X10 when the time is over only the node with the lease tries, with one attempt and then the rest")
    void onlyWithTheLease() {
        FleetCircuit open = hearOpen(7);
        assertThat(breaker.tryAcquire()).as("without a lease").isNull();
        assertThat(breaker.isOnTrial()).isFalse();
        breaker.hear(fleet.knows(fleet.leased(open, Lease.ELSEWHERE)));
        assertThat(breaker.tryAcquire()).as("another's").isNull();
        breaker.hear(fleet.knows(fleet.leased(open, Lease.HERE)));
        assertThat(breaker.isOnTrial()).isTrue();

        Breaker.Permit first = breaker.tryAcquire();
        assertThat(first).isNotNull();
        assertThat(breaker.tryAcquire()).isNull();
        breaker.record(first, Signal.OK, QUICK);
        assertThat(attempt(Signal.OK)).isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
        assertThat(fleet.kinds()).containsExactly(PASSED);
        assertThat(fleet.news.get(0).epoch()).isEqualTo(7);
        assertThat(breaker.slowStart()).isEqualTo(0.1);
    }

    @Test
    void aTrialThatFailsIsToldAndItsNodeWaitsForTheFleetToo() {
        FleetCircuit open = hearOpen(7);
        breaker.hear(fleet.knows(fleet.leased(open, Lease.HERE)));
        assertThat(attempt(Signal.AMBIGUOUS)).isTrue();
        assertThat(fleet.kinds()).containsExactly(FAILED);

        breaker.hear(fleet.knows(fleet.open(8)));
        assertThat(breaker.status().isOfFleet()).isTrue();
        assertThat(attempt(Signal.OK)).isFalse();
    }

    @Test
    void anEmailThatWasPassedOverAsksForTheLeaseOnceASecondUnlessAnotherNodeHasIt() {
        breaker.hear(fleet.knows(fleet.open(7)));
        breaker.miss(false);
        assertThat(fleet.kinds()).as("before its time").isEmpty();
        FleetCircuit open = hearOpen(8);

        for (int i = 0; i < 100; i++) {
            breaker.miss(false);
        }
        assertThat(fleet.kinds()).containsExactly(WANTED);
        assertThat(fleet.news.get(0).epoch()).isEqualTo(8);
        time.pass(Duration.ofSeconds(1));
        breaker.miss(false);
        assertThat(fleet.kinds()).containsExactly(WANTED, WANTED);
        time.pass(Duration.ofSeconds(1));
        breaker.hear(fleet.knows(fleet.leased(open, Lease.ELSEWHERE)));
        breaker.miss(false);
        assertThat(fleet.kinds()).containsExactly(WANTED, WANTED);
    }

    @Test
    @DisplayName("X10 an email in need may try before the time is over, on the node with the lease only")
    void needIsBoundedForTheFleet() {
        FleetCircuit open = fleet.open(7);
        breaker.hear(fleet.knows(open));
        time.pass(Duration.ofSeconds(6));
        assertThat(breaker.mayBeTriedInNeed()).isFalse();
        breaker.miss(true);
        assertThat(fleet.kinds()).containsExactly(WANTED);

        breaker.hear(fleet.knows(fleet.leased(open, Lease.HERE)));
        assertThat(breaker.mayBeTriedInNeed()).isTrue();
        assertThat(breaker.isLeftAlone()).as("by all others").isTrue();
        assertThat(attempt(Signal.UNAVAILABLE)).isTrue();
        assertThat(fleet.kinds()).containsExactly(WANTED, FAILED);
    }

    @Test
    @DisplayName("X10 when its lease is over in the middle of a trial it goes no further without a new one")
    void aTrialNeedsTheLeaseToTheEnd() {
        FleetCircuit open = hearOpen(7);
        breaker.hear(fleet.knows(fleet.leased(open, Lease.HERE)));
        assertThat(attempt(Signal.OK)).isTrue();
        time.pass(Duration.ofSeconds(31));
        breaker.hear(fleet.knows(fleet.leased(open, Lease.ELSEWHERE)));

        assertThat(breaker.isFull()).isTrue();
        assertThat(breaker.tryAcquire()).isNull();
        breaker.hear(fleet.knows(fleet.ended(8, FleetCircuit.State.CLOSED)));
        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    @DisplayName("R15 an attempt from before the fleet's decision decides nothing after it")
    void aLateResultDecidesNothing() {
        List<Breaker.Permit> early = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            early.add(breaker.tryAcquire());
        }
        breaker.hear(fleet.knows(fleet.open(7)));
        breaker.hear(fleet.knows(fleet.ended(8, FleetCircuit.State.CLOSED)));
        early.forEach(permit -> breaker.record(permit, Signal.UNAVAILABLE, QUICK));

        assertThat(breaker.status().isClosed()).isTrue();
        assertThat(fleet.news).isEmpty();
    }

    @Test
    @DisplayName("R13 each decision is followed once: an old epoch that comes back changes nothing")
    void followsOnce() {
        FleetCircuit old = fleet.open(7);
        breaker.hear(fleet.knows(old));
        breaker.hear(fleet.knows(fleet.ended(8, FleetCircuit.State.CLOSED)));
        for (int i = 0; i < 10; i++) {
            breaker.hear(fleet.knows(old));
            assertThat(breaker.status().isClosed()).isTrue();
        }

        assertThat(changes).containsExactly(State.OPEN, State.CLOSED);
    }

    @Test
    @DisplayName("R6 a store that knows nothing any more closes nothing, and still lets nobody try without a lease")
    void missingIsNotHealthy() {
        hearOpen(7);
        breaker.hear(fleet.knowsNothing());

        assertThat(breaker.status().isOpen()).isTrue();
        assertThat(breaker.tryAcquire()).isNull();
    }

    @Test
    @DisplayName("R1 R13 without word from the fleet it tries by itself when the time is over")
    void triesByItselfWithoutTheFleet() {
        hearOpen(7);
        breaker.hear(fleet.isAway());
        assertThat(breaker.tryAcquire()).as("a blink").isNull();
        time.pass(Duration.ofSeconds(6));

        assertThat(attempt(Signal.OK)).isTrue();
        assertThat(attempt(Signal.OK)).isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
        assertThat(fleet.kinds()).as("to be told when the store is back").containsExactly(PASSED);
    }

    @Test
    void triesByItselfWhenTheFleetHasBeenSilentForLong() {
        hearOpen(7);
        time.pass(Duration.ofSeconds(15));
        assertThat(breaker.tryAcquire()).isNull();
        time.pass(Duration.ofMillis(1));

        assertThat(breaker.tryAcquire()).isNotNull();
    }

    @Test
    @DisplayName("P23 where those with the lease have no emails, any node may try after two leases")
    void aFleetWithLittleTrafficComesBack() {
        FleetCircuit open = hearOpen(7);
        for (int i = 0; i < 5; i++) {
            time.pass(Duration.ofSeconds(10));
            breaker.hear(fleet.knows(fleet.leased(open, Lease.ELSEWHERE)));
            assertThat(breaker.tryAcquire()).as("%d s after it", 10 * i + 11).isNull();
        }
        time.pass(Duration.ofSeconds(10));
        breaker.hear(fleet.knows(fleet.leased(open, Lease.ELSEWHERE)));

        assertThat(attempt(Signal.OK)).isTrue();
    }

    @Test
    void failuresThatItHasSeenSinceCountMoreThanThatTheFleetHasClosed() {
        FleetCircuit closed = fleet.ended(8, FleetCircuit.State.CLOSED);
        time.pass(Duration.ofSeconds(1));
        trip();
        breaker.hear(fleet.knows(closed));
        assertThat(breaker.status().isOpen()).isTrue();

        time.pass(Duration.ofSeconds(1));
        breaker.hear(fleet.knows(fleet.ended(9, FleetCircuit.State.CLOSED)));
        assertThat(breaker.status().isClosed()).as("a trial after them").isTrue();
    }

    @Test
    void anOperatorWhoBeginsAnewIsFollowedWithoutARampUnlessThatWasBeforeThisNode() {
        FleetCircuit early = fleet.ended(6, FleetCircuit.State.RESET);
        time.pass(Duration.ofSeconds(1));
        Breaker late = breaker(false);
        assertThat(late.hear(fleet.knows(early))).isFalse();
        breaker.hear(fleet.knows(fleet.open(7)));

        time.pass(Duration.ofSeconds(1));
        assertThat(breaker.hear(fleet.knows(fleet.ended(8, FleetCircuit.State.RESET))))
                .isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
        assertThat(breaker.slowStart()).isEqualTo(1);
        breaker.reset();
        assertThat(fleet.kinds()).containsExactly(RESET);
    }

    @Test
    @DisplayName("P23 only the node with the lease asks the probe, and tells what came of it")
    void onlyTheLeaseAsksTheProbe() {
        Breaker probed = breaker(true);
        FleetCircuit open = fleet.open(7);
        probed.hear(fleet.knows(open));
        assertThat(probed.tryProbe()).isNull();
        assertThat(fleet.kinds()).as("before its time").isEmpty();
        time.pass(Duration.ofSeconds(11));
        probed.hear(fleet.knows(open));
        assertThat(probed.tryProbe()).isNull();
        assertThat(fleet.kinds()).containsExactly(WANTED);

        probed.hear(fleet.knows(fleet.leased(open, Lease.HERE)));
        Breaker.Permit permit = probed.tryProbe();
        assertThat(permit).isNotNull();
        probed.probed(permit, false);
        assertThat(fleet.kinds()).containsExactly(WANTED, FAILED);
        FleetCircuit again = fleet.open(8);
        probed.hear(fleet.knows(again));
        time.pass(Duration.ofSeconds(11));
        probed.hear(fleet.knows(fleet.leased(again, Lease.HERE)));
        Breaker.Permit second = probed.tryProbe();
        assertThat(second).isNotNull();
        probed.probed(second, true);
        assertThat(probed.isOnTrial()).isTrue();
    }

    @Test
    void aFailingProbeOfABreakerThatOnlyThisNodeHasOpenedIsEvidence() {
        Breaker probed = breaker(true);
        for (int i = 0; i < 5; i++) {
            probed.record(probed.tryAcquire(), Signal.UNAVAILABLE, QUICK);
        }
        time.pass(Duration.ofSeconds(11));
        probed.probed(probed.tryProbe(), false);

        assertThat(fleet.kinds()).containsExactly(OPENED, OPENED);
    }

    @Test
    @DisplayName("R12 T1 a jump of the wall clock neither opens nor closes nor delays anything")
    void theWallClockDecidesNothing() {
        FleetCircuit open = fleet.open(7);
        breaker.hear(fleet.knows(open));
        time.jumpWallClock(Duration.ofMinutes(-10));
        assertThat(breaker.isLeftAlone()).isTrue();
        time.pass(Duration.ofSeconds(10));
        time.jumpWallClock(Duration.ofMinutes(20));
        breaker.hear(fleet.knows(fleet.leased(open, Lease.HERE)));

        assertThat(attempt(Signal.OK)).isTrue();
    }
}
