package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuotasTest {

    private static final Instant START = Instant.parse("2026-01-30T18:00:00Z");

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final long begun = nanos.get();
    private volatile Duration jump = Duration.ZERO;

    private Instant now() {
        return START.plusNanos(nanos.get() - begun).plus(jump);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private Quotas quotas(OptionalLong daily, OptionalLong monthly, Optional<WarmUp> warmUp) {
        return new Quotas(daily, monthly, warmUp, this::now, nanos::get);
    }

    private Quotas daily(long recipients) {
        return quotas(OptionalLong.of(recipients), OptionalLong.empty(), Optional.empty());
    }

    private static boolean uses(Quotas quotas, long recipients) {
        boolean there = quotas.reserve(recipients).isEmpty();
        if (there) {
            quotas.settle(recipients, recipients);
        }
        return there;
    }

    private static long left(Quotas quotas) {
        return quotas.uses().get(0).left();
    }

    @Test
    void recipientsCountFromBeforeTheCallAndComeBackWhenSurelyNotSent() {
        Quotas quotas = daily(10);

        assertThat(quotas.reserve(8)).isEmpty();
        assertThat(quotas.reserve(3)).get().extracting(QuotaUse::left).isEqualTo(2L);
        quotas.settle(8, 0);
        assertThat(uses(quotas, 10)).isTrue();
        assertThat(uses(quotas, 1)).isFalse();
    }

    @Test
    void aDayEndsAtMidnightUtcAndAMonthOnTheFirst() {
        Quotas quotas = quotas(OptionalLong.of(10), OptionalLong.of(15), Optional.empty());
        assertThat(uses(quotas, 10)).isTrue();
        assertThat(quotas.refusing(1).orElseThrow().resets()).hasValue(Instant.parse("2026-01-31T00:00:00Z"));

        pass(Duration.ofHours(6).minusNanos(1));
        assertThat(uses(quotas, 1)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(uses(quotas, 5)).isTrue();
        assertThat(quotas.refusing(1).orElseThrow())
                .satisfies(use -> assertThat(use.window()).isEqualTo(QuotaUse.Window.MONTH))
                .satisfies(use -> assertThat(use.resets()).hasValue(Instant.parse("2026-02-01T00:00:00Z")));
        pass(Duration.ofHours(24));
        assertThat(uses(quotas, 10)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H", "PT-1H", "PT7H", "PT-7H", "PT30H", "PT-30H", "PT-2400H"})
    void aJumpOfTheWallClockNeitherLosesNorDoublesADay(String by) {
        Quotas quotas = daily(10);
        uses(quotas, 10);

        jump = Duration.parse(by);
        pass(Duration.ofHours(6).minusNanos(1));
        assertThat(uses(quotas, 1)).as("the day is not over").isFalse();
        pass(Duration.ofNanos(1));
        assertThat(uses(quotas, 10)).as("another day").isTrue();
        assertThat(uses(quotas, 1)).isFalse();
        Duration next = Duration.between(now(), quotas.uses().get(0).resets().orElseThrow());
        assertThat(next).isBetween(Duration.ofHours(12), Duration.ofHours(36));
        pass(next.minusNanos(1));
        assertThat(uses(quotas, 1)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(uses(quotas, 10)).as("the day after").isTrue();
        assertThat(now().truncatedTo(ChronoUnit.DAYS))
                .as("it is midnight again by the new clock")
                .isEqualTo(now());
    }

    @Test
    void aClockThatJumpsToAndFroGivesNothing() {
        Quotas quotas = daily(10);
        uses(quotas, 10);

        for (int i = 0; i < 20; i++) {
            jump = Duration.ofHours(i % 2 == 0 ? 25 : -25);
            assertThat(uses(quotas, 1)).isFalse();
        }
    }

    @Test
    void daysOnWhichNobodySentAreDaysToo() {
        Quotas quotas = daily(10);
        uses(quotas, 10);
        pass(Duration.ofHours(80));

        assertThat(quotas.uses().get(0).resets()).hasValue(Instant.parse("2026-02-04T00:00:00Z"));
        assertThat(left(quotas)).isEqualTo(10);
    }

    @Test
    void callsThatAreUnderWayAtMidnightCountOnTheNewDay() {
        Quotas quotas = daily(10);
        quotas.reserve(4);
        quotas.reserve(3);
        pass(Duration.ofHours(7));

        assertThat(left(quotas)).isEqualTo(3);
        quotas.settle(4, 0);
        quotas.settle(3, 3);
        assertThat(left(quotas)).isEqualTo(7);
    }

    @Test
    void theLargerOfOwnUseAndAllNodesUseCounts() {
        Quotas quotas = daily(100);
        uses(quotas, 30);

        quotas.heard(begun + 1, 20, 20);
        assertThat(left(quotas)).as("the store has lost something").isEqualTo(70);
        quotas.heard(begun + 2, 60, 60);
        assertThat(left(quotas)).isEqualTo(40);
        uses(quotas, 10);
        quotas.heard(begun + 2, 60, 60);
        assertThat(left(quotas)).as("own use since the exchange").isEqualTo(30);
        quotas.heard(begun + 3, 75, 75);
        assertThat(left(quotas)).isEqualTo(25);
        pass(Duration.ofHours(7));
        assertThat(left(quotas)).as("what was heard yesterday").isEqualTo(100);
    }

    @Test
    void whatWasExchangedYesterdayDoesNotCountTodayHoweverLateItIsHeard() {
        Quotas quotas = quotas(OptionalLong.of(100), OptionalLong.of(1_000), Optional.empty());
        pass(Duration.ofHours(6).minusNanos(1));
        long beforeMidnight = nanos.get();
        pass(Duration.ofNanos(1));

        quotas.heard(beforeMidnight, 100, 700);
        assertThat(quotas.uses()).extracting(QuotaUse::left).containsExactly(100L, 300L);
        quotas.heard(nanos.get(), 60, 760);
        assertThat(quotas.uses()).extracting(QuotaUse::left).containsExactly(40L, 240L);
    }

    @Test
    void whatTheServiceItselfAllowsAndHasCountedCorrectsTheOwnCount() {
        Quotas quotas = daily(1_000);
        quotas.found(OptionalLong.of(200), 150);
        assertThat(uses(quotas, 40)).isTrue();
        quotas.reserve(5);

        assertThat(quotas.refusing(6).orElseThrow().window()).isEqualTo(QuotaUse.Window.LAST_24_HOURS);
        quotas.found(OptionalLong.of(200), 120);
        assertThat(quotas.refusing(76)).as("what is under way counts besides").isPresent();
        assertThat(quotas.refusing(75)).isEmpty();
        quotas.found(OptionalLong.empty(), 0);
        assertThat(quotas.refusing(76)).isEmpty();
    }

    @Test
    void aLimitThatIsNotConfirmedIsForgottenAfterADay() {
        Quotas quotas = quotas(OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
        quotas.found(OptionalLong.of(10), 10);
        assertThat(uses(quotas, 1)).isFalse();
        assertThat(quotas.usedUp().orElseThrow().resets()).isEmpty();

        pass(Duration.ofHours(24).plusNanos(1));
        assertThat(uses(quotas, 1)).isTrue();
    }

    @Test
    void pressureRisesAsTheQuotaRunsShortForTheRestOfItsTime() {
        Quotas quotas = daily(100);
        assertThat(quotas.pressure()).as("a quarter of the day is left").isEqualTo(1);

        uses(quotas, 75);
        assertThat(quotas.pressure()).isCloseTo(1, within(0.01));
        uses(quotas, 20);
        assertThat(quotas.pressure()).isCloseTo(5, within(0.01));
        uses(quotas, 5);
        assertThat(quotas.pressure()).isEqualTo(10);
        pass(Duration.ofHours(7));
        assertThat(quotas.pressure()).isEqualTo(1);
    }

    @Test
    void theWorstQuotaDecidesAboutThePressure() {
        Quotas quotas = quotas(OptionalLong.of(1_000), OptionalLong.of(1_000), Optional.empty());
        // 1.25 of 31 days are left: some 40 are due.
        uses(quotas, 980);
        assertThat(quotas.pressure()).isCloseTo(250.0 / 20, within(3.0)).isLessThanOrEqualTo(10);
        quotas.found(OptionalLong.of(10), 8);
        assertThat(quotas.pressure()).isEqualTo(10);
    }

    @Test
    void tellsSinceWhenNothingIsLeft() {
        Quotas quotas = daily(5);
        uses(quotas, 4);
        assertThat(quotas.usedUp()).isEmpty();
        pass(Duration.ofMinutes(5));
        uses(quotas, 1);
        Instant since = now();
        pass(Duration.ofMinutes(5));
        uses(quotas, 1);

        assertThat(quotas.usedUp().orElseThrow().usedUpSince()).hasValue(since);
        pass(Duration.ofHours(6));
        assertThat(quotas.usedUp()).isEmpty();
    }

    @Test
    void aWarmUpBoundsEachOfItsDaysAndNoneAfterThem() {
        WarmUp warmUp = WarmUp.startingOn(LocalDate.of(2026, 1, 31))
                .dailyCaps(5, 10, 20)
                .shares(0.1, 0.5);
        Quotas quotas = quotas(OptionalLong.of(15), OptionalLong.empty(), Optional.of(warmUp));

        assertThat(uses(quotas, 1)).as("before the first day").isFalse();
        assertThat(quotas.share()).isZero();
        assertThat(quotas.usedUp().orElseThrow().resets()).hasValue(Instant.parse("2026-01-31T00:00:00Z"));
        List<Long> caps = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        pass(Duration.ofHours(7));
        for (int day = 0; day < 4; day++) {
            caps.add(left(quotas));
            shares.add(quotas.share());
            uses(quotas, left(quotas));
            assertThat(uses(quotas, 1)).isFalse();
            pass(Duration.ofDays(1));
        }
        assertThat(caps).as("never more than the daily quota").containsExactly(5L, 10L, 15L, 15L);
        assertThat(shares).containsExactly(0.1, 0.5, 1.0, 1.0);
    }

    @Test
    void sendsAtTheSameTimeNeverUseMoreThanThereIs() throws Exception {
        Quotas quotas = daily(10_000);
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(64);
        List<Future<Long>> used = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int recipients = 1 + i % 3;
            used.add(threads.submit(() -> {
                start.await();
                long mine = 0;
                for (int send = 0; send < 2_000; send++) {
                    if (quotas.reserve(recipients).isEmpty()) {
                        long accepted = send % 4 == 0 ? 0 : recipients;
                        quotas.settle(recipients, accepted);
                        mine += accepted;
                    }
                }
                return mine;
            }));
        }
        start.countDown();
        long total = 0;
        for (Future<Long> mine : used) {
            total += mine.get(30, TimeUnit.SECONDS);
        }
        threads.shutdown();

        assertThat(total).isEqualTo(10_000);
        assertThat(left(quotas)).isZero();
    }
}
