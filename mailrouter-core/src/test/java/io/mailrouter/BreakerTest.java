package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.BreakerStatus.State;
import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BreakerTest {

    private static final Duration QUICK = Duration.ofMillis(10);

    private final VirtualTime time = new VirtualTime();
    private final List<State> changes = new ArrayList<>();

    private Breaker breaker(Consumer<BreakerSettings> change) {
        return breaker(false, change);
    }

    private Breaker breaker(boolean probed, Consumer<BreakerSettings> change) {
        BreakerSettings settings = new BreakerSettings();
        change.accept(settings);
        FleetRule alone = new FleetRule("p", null, settings, time.time(), new Seldom(time.time()));
        return new Breaker(
                "p", settings, alone, probed, time.time(), new Random(3), status -> changes.add(status.state()));
    }

    private static boolean attempt(Breaker breaker, Signal signal) {
        return attempt(breaker, signal, QUICK);
    }

    private static boolean attempt(Breaker breaker, Signal signal, Duration elapsed) {
        Breaker.Permit permit = breaker.tryAcquire();
        if (permit == null) {
            return false;
        }
        breaker.record(permit, signal, elapsed);
        return true;
    }

    private Duration openTime(Breaker breaker) {
        return Duration.between(time.now(), breaker.status().until());
    }

    @Test
    void opensAfterFiveFailuresInARow() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 5; i++) {
            assertThat(attempt(breaker, Signal.UNAVAILABLE)).isTrue();
        }

        assertThat(attempt(breaker, Signal.OK)).isFalse();
        assertThat(changes).containsExactly(State.OPEN);
    }

    @Test
    void aSuccessEndsTheRow() {
        Breaker breaker = breaker(s -> s.window(10_000, 10_000));
        for (int i = 0; i < 100; i++) {
            attempt(breaker, i % 5 == 4 ? Signal.OK : Signal.AMBIGUOUS);
        }

        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    @DisplayName("P22 a provider that fails half of the time is left alone after ten attempts")
    void opensAtHalf() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 10; i++) {
            assertThat(attempt(breaker, i % 2 == 0 ? Signal.UNAVAILABLE : Signal.OK))
                    .isTrue();
        }

        assertThat(breaker.status().isOpen()).isTrue();
    }

    @Test
    void whatIsNoFaultOfTheProviderCountsForNothing() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 1_000; i++) {
            attempt(breaker, i % 2 == 0 ? Signal.NONE : Signal.THROTTLED);
        }
        for (int i = 0; i < 4; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }

        assertThat(breaker.status().isClosed()).isTrue();
        attempt(breaker, Signal.UNAVAILABLE);
        assertThat(breaker.status().isOpen())
                .as("and it has not ended the row either")
                .isTrue();
    }

    @Test
    void slowCallsOpenIt() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 10; i++) {
            attempt(breaker, Signal.OK, Duration.ofSeconds(11));
        }

        assertThat(breaker.status().isOpen()).isTrue();
    }

    @Test
    void waitsTwiceAsLongAfterEachTripUpToTheLongest() {
        Breaker breaker = breaker(s -> s.openFor(Duration.ofSeconds(10), Duration.ofSeconds(60)));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        for (long longest : new long[] {10, 20, 40, 60, 60}) {
            assertThat(openTime(breaker)).isBetween(Duration.ofSeconds(longest / 2), Duration.ofSeconds(longest));
            time.pass(openTime(breaker).plusMillis(1));
            assertThat(attempt(breaker, Signal.UNAVAILABLE)).isTrue();
            assertThat(breaker.status().isOpen())
                    .as("after one failure of a trial")
                    .isTrue();
        }
    }

    @Test
    @DisplayName("X10 a trial lets through as many attempts as permitted, and no more")
    void aTrialIsBounded() {
        Breaker breaker = breaker(s -> s.trial(3, Duration.ofSeconds(30)));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        time.pass(Duration.ofSeconds(11));
        Breaker.Permit first = breaker.tryAcquire();
        assertThat(first).isNotNull();
        assertThat(breaker.isFull()).isTrue();
        assertThat(breaker.tryAcquire()).as("before the first was accepted").isNull();
        breaker.record(first, Signal.OK, QUICK);

        List<Breaker.Permit> permits = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Breaker.Permit permit = breaker.tryAcquire();
            if (permit != null) {
                permits.add(permit);
            }
        }

        assertThat(permits).hasSize(2);
        permits.forEach(permit -> breaker.record(permit, Signal.OK, QUICK));
        assertThat(breaker.status().isClosed()).isTrue();
        assertThat(changes).containsExactly(State.OPEN, State.ON_TRIAL, State.CLOSED);
    }

    @Test
    void aResultFromBeforeTheTrialDecidesNothing() {
        Breaker breaker = breaker(s -> {});
        List<Breaker.Permit> slow = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            slow.add(breaker.tryAcquire());
        }
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        time.pass(Duration.ofSeconds(11));
        Breaker.Permit trial = breaker.tryAcquire();
        assertThat(trial).isNotNull();

        slow.forEach(permit -> breaker.record(permit, Signal.UNAVAILABLE, QUICK));
        assertThat(breaker.status().state()).isEqualTo(State.ON_TRIAL);
        breaker.record(trial, Signal.OK, QUICK);
        attempt(breaker, Signal.OK);
        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    void aTrialWhoseResultsNeverComeEnds() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        time.pass(Duration.ofSeconds(11));
        breaker.tryAcquire();
        breaker.tryAcquire();
        assertThat(breaker.tryAcquire()).isNull();

        time.pass(Duration.ofSeconds(31));
        assertThat(breaker.tryAcquire()).isNull();
        assertThat(breaker.status().isOpen()).isTrue();
        time.pass(Duration.ofSeconds(21));
        assertThat(attempt(breaker, Signal.OK)).isTrue();
    }

    @Test
    void aPermitThatWasNotUsedGoesBack() {
        Breaker breaker = breaker(s -> s.trial(1, Duration.ofSeconds(30)));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        time.pass(Duration.ofSeconds(11));

        for (int i = 0; i < 100; i++) {
            Breaker.Permit permit = breaker.tryAcquire();
            assertThat(permit).isNotNull();
            breaker.record(permit, Signal.NONE, Duration.ZERO);
        }
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    @DisplayName("X4 every setting of the breaker takes effect")
    void everySettingTakesEffect() {
        Breaker three = breaker(s -> s.consecutiveFailures(3));
        for (int i = 0; i < 3; i++) {
            attempt(three, Signal.UNAVAILABLE);
        }
        assertThat(three.status().isOpen()).isTrue();

        Breaker window = breaker(s -> s.window(4, 4).failurePercent(75).consecutiveFailures(100));
        attempt(window, Signal.OK);
        for (int i = 0; i < 2; i++) {
            attempt(window, Signal.UNAVAILABLE);
        }
        assertThat(window.status().isClosed()).isTrue();
        attempt(window, Signal.UNAVAILABLE);
        assertThat(window.status().isOpen()).isTrue();

        Breaker brief = breaker(s -> s.consecutiveFailures(1)
                .openFor(Duration.ofMillis(100), Duration.ofMillis(100))
                .trial(1, Duration.ofSeconds(3)));
        attempt(brief, Signal.UNAVAILABLE);
        time.pass(Duration.ofMillis(101));
        assertThat(brief.tryAcquire()).isNotNull();
        time.pass(Duration.ofMillis(3_001));
        assertThat(brief.tryAcquire()).as("the trial is over").isNull();
        time.pass(Duration.ofMillis(101));
        assertThat(attempt(brief, Signal.OK)).isTrue();
        assertThat(brief.status().isClosed()).isTrue();

        Breaker slow = breaker(s -> s.window(2, 2).slowCalls(Duration.ofMillis(100), 50));
        attempt(slow, Signal.OK);
        attempt(slow, Signal.OK, Duration.ofMillis(101));
        assertThat(slow.status().isOpen()).isTrue();
    }

    @Test
    @DisplayName("X4 a trial takes as many attempts as were set, however few the window needs to judge")
    void aTrialIsAsLongAsItWasSet() {
        for (int minimum : new int[] {1, 10}) {
            Breaker breaker = opened(breaker(s -> s.window(20, minimum).trial(12, Duration.ofSeconds(30))));
            for (int i = 0; i < 11; i++) {
                assertThat(attempt(breaker, Signal.OK)).isTrue();
            }
            assertThat(breaker.status().state()).isEqualTo(State.ON_TRIAL);

            assertThat(attempt(breaker, Signal.OK)).isTrue();
            assertThat(breaker.status().isClosed()).isTrue();
        }
    }

    @Test
    void aTrialOfSlowAttemptsIsATrip() {
        Breaker breaker = opened(breaker(s -> s.trial(5, Duration.ofSeconds(30))));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.OK, i < 4 ? Duration.ofMillis(10_001) : QUICK);
        }
        assertThat(breaker.status().isOpen()).as("4 of 5 were slow").isTrue();

        time.pass(openTime(breaker));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.OK, i < 3 ? Duration.ofMillis(10_001) : QUICK);
        }
        assertThat(breaker.status().isClosed()).as("3 of 5 were slow").isTrue();
    }

    @Test
    void refusesSettingsOutOfRange() {
        BreakerSettings settings = new BreakerSettings();

        assertThatThrownBy(() -> settings.window(5, 6)).hasMessageContaining("window is 5");
        assertThatThrownBy(() -> settings.failurePercent(0)).hasMessageContaining("failurePercent is 0: 1 to 100");
        assertThatThrownBy(() -> settings.consecutiveFailures(0)).hasMessageContaining("consecutiveFailures is 0");
        assertThatThrownBy(() -> settings.slowCalls(Duration.ZERO, 50)).hasMessageContaining("slowCalls is PT0S");
        assertThatThrownBy(() -> settings.openFor(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining("must not be shorter");
        assertThatThrownBy(() -> settings.trial(0, Duration.ofSeconds(1))).hasMessageContaining("trial is 0");
    }

    @Test
    @DisplayName("P23 a provider with little traffic comes back as well")
    void aTrialThatOnlyLacksEmailsGoesOn() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }

        time.pass(Duration.ofSeconds(60));
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        time.pass(Duration.ofSeconds(60));
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    void aPauseDuringATrialIsNoTrip() {
        Breaker breaker = breaker(s -> {});
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        for (int i = 0; i < 10; i++) {
            time.pass(Duration.ofSeconds(60));
            assertThat(attempt(breaker, Signal.NONE)).isTrue();
        }

        assertThat(changes).containsExactly(State.OPEN, State.ON_TRIAL);
    }

    /** Opens a breaker, and lets its time to be left alone pass. */
    private Breaker opened(Breaker breaker) {
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        time.pass(openTime(breaker));
        return breaker;
    }

    private void close(Breaker breaker) {
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(breaker.status().isClosed()).isTrue();
    }

    @Test
    void theDoublingEndsWhenAProviderHasStayedForTheWholeRamp() {
        Breaker breaker = opened(breaker(s -> {}));
        attempt(breaker, Signal.UNAVAILABLE);
        time.pass(openTime(breaker));
        close(breaker);

        time.pass(BreakerStatus.RAMP);
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        assertThat(openTime(breaker)).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(10));
    }

    @Test
    void aProviderThatFailsAgainOnItsRampIsLeftAloneForLonger() {
        Breaker breaker = opened(breaker(s -> {}));
        close(breaker);

        time.pass(BreakerStatus.RAMP.minusMillis(1));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        assertThat(openTime(breaker)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
    }

    @Test
    void unusedPermitsFromBeforeATrialDoNotRaiseItsNumber() {
        Breaker breaker = breaker(s -> {});
        List<Breaker.Permit> unused = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            unused.add(breaker.tryAcquire());
        }
        opened(breaker);
        assertThat(attempt(breaker, Signal.NONE)).isTrue();

        unused.forEach(permit -> breaker.record(permit, Signal.NONE, Duration.ZERO));
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(breaker.isFull()).isFalse();
        assertThat(breaker.tryAcquire()).isNotNull();
        assertThat(breaker.isFull()).isTrue();
        assertThat(breaker.tryAcquire()).isNull();
    }

    @Test
    void aFullTrialWhoseResultsNeverComeIsNoObstacleToItsEnd() {
        Breaker breaker = opened(breaker(s -> {}));
        breaker.tryAcquire();
        breaker.tryAcquire();
        assertThat(breaker.isFull()).isTrue();

        time.pass(Duration.ofSeconds(31));
        assertThat(breaker.isFull()).as("so that somebody asks").isFalse();
        assertThat(breaker.tryAcquire()).isNull();
        assertThat(breaker.isLeftAlone()).isTrue();
    }

    @Test
    @DisplayName("T1 a jump of the wall clock neither opens a trial nor delays it")
    void theWallClockDecidesNothing() {
        Breaker breaker = breaker(s -> s.openFor(Duration.ofSeconds(10), Duration.ofSeconds(10)));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }

        time.jumpWallClock(Duration.ofHours(1));
        assertThat(breaker.isLeftAlone()).isTrue();
        assertThat(breaker.tryAcquire()).isNull();
        time.jumpWallClock(Duration.ofHours(-2));
        time.pass(Duration.ofSeconds(10));
        assertThat(breaker.isLeftAlone()).isFalse();
        close(breaker);
        time.jumpWallClock(Duration.ofHours(1));
        assertThat(breaker.slowStart()).isEqualTo(0.1);
    }

    @Test
    void anEmailInNeedMayComeEarlierButNotAtOnce() {
        Breaker breaker = breaker(s -> s.openFor(Duration.ofSeconds(10), Duration.ofSeconds(10)));
        for (int i = 0; i < 5; i++) {
            attempt(breaker, Signal.UNAVAILABLE);
        }
        assertThat(breaker.mayBeTriedInNeed()).isFalse();

        time.pass(Duration.ofSeconds(5));
        assertThat(breaker.isLeftAlone()).isTrue();
        assertThat(breaker.mayBeTriedInNeed()).isTrue();
        assertThat(attempt(breaker, Signal.OK)).isTrue();
        assertThat(changes).containsExactly(State.OPEN, State.ON_TRIAL);
    }

    @Test
    void aProviderThatIsProbedWaitsForTheAnswer() {
        Breaker breaker = breaker(true, s -> {});
        assertThat(breaker.tryProbe()).as("it is closed").isNull();
        opened(breaker);
        assertThat(breaker.tryAcquire()).isNull();
        assertThat(breaker.isLeftAlone()).isTrue();
        assertThat(breaker.mayBeTriedInNeed()).isFalse();

        Breaker.Permit question = breaker.tryProbe();
        assertThat(question).isNotNull();
        breaker.probed(question, true);
        assertThat(changes).containsExactly(State.OPEN, State.ON_TRIAL);
        assertThat(breaker.tryProbe()).as("only emails decide now").isNull();
        close(breaker);
    }

    @Test
    void aProbeThatFailsIsANewTripThatNobodyPaysFor() {
        Breaker breaker = opened(breaker(true, s -> {}));
        for (long longest : new long[] {20, 40, 80}) {
            Breaker.Permit question = breaker.tryProbe();
            assertThat(question).isNotNull();
            breaker.probed(question, false);
            assertThat(openTime(breaker)).isBetween(Duration.ofSeconds(longest / 2), Duration.ofSeconds(longest));
            assertThat(breaker.tryProbe()).isNull();
            time.pass(openTime(breaker));
        }

        assertThat(changes).containsExactly(State.OPEN);
    }

    @Test
    void anAnswerToAProbeFromBeforeATrialDecidesNothing() {
        Breaker breaker = opened(breaker(true, s -> {}));
        Breaker.Permit question = breaker.tryProbe();
        assertThat(question).isNotNull();
        breaker.probed(question, true);
        attempt(breaker, Signal.UNAVAILABLE);

        breaker.probed(question, true);
        assertThat(breaker.status().isOpen()).isTrue();
    }

    @Test
    void aProbeThatIsNeverAnsweredDoesNotKeepAProviderOut() {
        Breaker breaker = opened(breaker(true, s -> {}));
        assertThat(breaker.tryProbe()).isNotNull();
        time.pass(Breaker.PROBE_GRACE.minusMillis(1));
        assertThat(breaker.tryAcquire()).isNull();

        time.pass(Duration.ofMillis(1));
        assertThat(breaker.isOnTrial()).isTrue();
        close(breaker);
    }

    @Test
    void comesBackByARampOfThirtySeconds() {
        Breaker breaker = breaker(s -> {});
        assertThat(breaker.slowStart()).as("from the start").isEqualTo(1);
        opened(breaker);
        assertThat(breaker.slowStart()).isEqualTo(0.1);
        close(breaker);

        assertThat(breaker.slowStart()).isEqualTo(0.1);
        time.pass(Duration.ofSeconds(15));
        assertThat(breaker.slowStart()).isEqualTo(0.5);
        time.pass(Duration.ofSeconds(16));
        assertThat(breaker.slowStart()).isEqualTo(1);
    }

    @Test
    @DisplayName("X10 T7 of 200 threads that race for a trial two get a permit, whatever they do with it")
    void twoOfManyThreadsGetAPermit() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        ExecutorService threads = Executors.newFixedThreadPool(200);
        try {
            for (int round = 0; round < 20; round++) {
                Breaker breaker = opened(breaker(s -> {}));
                AtomicInteger out = new AtomicInteger();
                AtomicInteger most = new AtomicInteger();
                CountDownLatch begin = new CountDownLatch(1);
                List<Future<?>> racers = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    boolean unused = random.nextBoolean();
                    racers.add(threads.submit(() -> {
                        begin.await();
                        Breaker.Permit permit = breaker.tryAcquire();
                        if (permit != null) {
                            most.accumulateAndGet(out.incrementAndGet(), Math::max);
                            if (unused) {
                                out.decrementAndGet();
                                breaker.record(permit, Signal.NONE, Duration.ZERO);
                            }
                        }
                        return null;
                    }));
                }
                begin.countDown();
                for (Future<?> racer : racers) {
                    racer.get(30, TimeUnit.SECONDS);
                }
                assertThat(most.get()).isBetween(1, 2);
                assertThat(out.get()).isLessThanOrEqualTo(2);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
