package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimiterTest {

    private static final long SECOND = 1_000_000_000;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - SECOND);

    private RateLimiter rate(double perSecond) {
        return new RateLimiter(OptionalDouble.of(perSecond), nanos::get);
    }

    private boolean passes(RateLimiter rate, long recipients) {
        return rate.reserve(recipients, Duration.ZERO).isPresent();
    }

    private static Duration reserved(RateLimiter rate, long recipients) {
        return rate.reserve(recipients, Duration.ofHours(1)).orElseThrow().in();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 3, 10, 14, 37.5, 100, 1_000})
    void theWorstSecondHoldsAtMostATenthMoreThanTheRateAndNothingIsWasted(double perSecond) {
        long seed = System.nanoTime();
        System.out.println("RateLimiterTest seed " + seed);
        Random random = new Random(seed);
        RateLimiter rate = rate(perSecond);
        long start = nanos.get();
        List<Long> passed = new ArrayList<>();
        while (nanos.get() - start < 20 * SECOND) {
            if (passes(rate, 1)) {
                passed.add(nanos.get() - start);
            }
            nanos.addAndGet(1 + random.nextLong((long) (SECOND / perSecond / 10)));
        }

        int worst = 0;
        for (int from = 0, to = 0; to < passed.size(); to++) {
            while (passed.get(to) - passed.get(from) >= SECOND) {
                from++;
            }
            worst = Math.max(worst, to - from + 1);
        }
        assertThat(worst).isLessThanOrEqualTo((int) Math.max(Math.ceil(perSecond), perSecond * 1.1));
        assertThat(passed.size()).isGreaterThanOrEqualTo((int) (0.9 * 20 * perSecond));
    }

    @Test
    void recipientsCountNotEmails() {
        RateLimiter rate = rate(100);

        assertThat(passes(rate, 10)).isTrue();
        assertThat(passes(rate, 1)).isFalse();
        nanos.addAndGet(SECOND / 20);
        assertThat(passes(rate, 6)).isFalse();
        assertThat(passes(rate, 5)).isTrue();
    }

    @Test
    void anEmailWithMoreRecipientsThanTheBurstPassesAndLeavesADebt() {
        RateLimiter rate = rate(10);

        assertThat(passes(rate, 50)).isTrue();
        assertThat(rate.opensIn(1)).isEqualTo(Duration.ofSeconds(5));
        nanos.addAndGet(5 * SECOND - 1);
        assertThat(passes(rate, 1)).isFalse();
        nanos.addAndGet(2);
        assertThat(passes(rate, 1)).isTrue();
    }

    @Test
    void whoWaitsFirstGoesFirstAndNobodyWhoDoesNotWaitOvertakes() {
        RateLimiter rate = rate(10);
        passes(rate, 1);

        List<Duration> waits = List.of(reserved(rate, 1), reserved(rate, 4), reserved(rate, 1), reserved(rate, 1));

        assertThat(waits)
                .containsExactly(
                        Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(600), Duration.ofMillis(700));
        nanos.addAndGet(SECOND / 2);
        assertThat(passes(rate, 1)).as("those who wait come first").isFalse();
        nanos.addAndGet(3 * SECOND / 10);
        assertThat(passes(rate, 1)).isTrue();
    }

    @Test
    void givesNoTurnThatIsFurtherAwayThanOneMayWait() {
        RateLimiter rate = rate(10);
        passes(rate, 1);

        assertThat(rate.reserve(1, Duration.ofMillis(99))).isEmpty();
        assertThat(rate.opensIn(1)).as("a refusal costs nothing").isEqualTo(Duration.ofMillis(100));
        assertThat(rate.reserve(1, Duration.ofMillis(100))).isPresent();
    }

    @Test
    void aTurnThatIsGivenBackIsFreeAgainUnlessOthersComeAfterIt() {
        RateLimiter rate = rate(10);
        RateLimiter.Slot last = rate.reserve(1, Duration.ZERO).orElseThrow();

        rate.giveBack(last);
        assertThat(passes(rate, 1)).isTrue();

        RateLimiter.Slot first = rate.reserve(1, Duration.ofSeconds(1)).orElseThrow();
        reserved(rate, 1);
        rate.giveBack(first);
        assertThat(rate.opensIn(1)).as("it costs itself only").isEqualTo(Duration.ofMillis(300));
    }

    @Test
    void aPauseCutsTheRateBySevenTenthsAndItComesBackInSteps() {
        RateLimiter rate = rate(100);

        rate.throttled(nanos.get());
        assertThat(rate.perSecond().orElseThrow()).isEqualTo(70);
        nanos.addAndGet(10 * SECOND - 1);
        assertThat(rate.perSecond().orElseThrow()).isEqualTo(70);
        nanos.addAndGet(1);
        assertThat(rate.perSecond().orElseThrow()).isCloseTo(75, within(1e-6));
        rate.throttled(nanos.get());
        assertThat(rate.perSecond().orElseThrow()).isCloseTo(52.5, within(1e-6));
        nanos.addAndGet(100 * SECOND);
        assertThat(rate.perSecond().orElseThrow()).isEqualTo(100);
    }

    @Test
    void theRateThatIsCutIsTheOneThatIsKeptTo() {
        RateLimiter rate = rate(100);
        passes(rate, 10);
        rate.throttled(nanos.get());

        assertThat(reserved(rate, 7)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void answersToCallsThatHadBegunBeforeTheCutDoNotCutAgain() {
        RateLimiter rate = rate(100);
        long begun = nanos.get();
        nanos.addAndGet(SECOND);
        for (int i = 0; i < 64; i++) {
            rate.throttled(begun);
        }

        assertThat(rate.perSecond().orElseThrow()).isEqualTo(70);
    }

    @Test
    void theRateNeverFallsBelowATwentieth() {
        RateLimiter rate = rate(100);
        for (int i = 0; i < 50; i++) {
            rate.throttled(nanos.get());
        }

        assertThat(rate.perSecond().orElseThrow()).isEqualTo(5);
    }

    @Test
    void theSmallerOfTheConfiguredAndTheFoundRateCounts() {
        RateLimiter rate = rate(100);

        rate.found(OptionalDouble.of(14));
        assertThat(rate.perSecond()).hasValue(14);
        rate.found(OptionalDouble.of(500));
        assertThat(rate.perSecond()).hasValue(100);
        rate.found(OptionalDouble.empty());
        assertThat(rate.perSecond()).hasValue(100);
    }

    @Test
    void withoutARateEverythingPassesUntilOneIsFound() {
        RateLimiter rate = new RateLimiter(OptionalDouble.empty(), nanos::get);

        rate.throttled(nanos.get());
        assertThat(rate.perSecond()).isEmpty();
        assertThat(passes(rate, 1_000_000)).isTrue();
        assertThat(passes(rate, 1_000_000)).isTrue();
        rate.found(OptionalDouble.of(1));
        assertThat(passes(rate, 1)).isTrue();
        assertThat(passes(rate, 1)).isFalse();
    }
}
