package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedRateTest {

    private static final long SECOND = 1_000_000_000;

    private final AtomicLong nanos = new AtomicLong(1_000 * SECOND);
    private final InProcessLimits fleet = new InProcessLimits(nanos::get);

    private final class Node {

        final InProcessLimits.Node way = fleet.join();
        final RateLimiter limiter;
        final SharedRate rate;

        Node(double perSecond) {
            limiter = new RateLimiter(OptionalDouble.of(perSecond), nanos::get);
            rate = new SharedRate(limiter, "ses", way, nanos::get);
        }

        Optional<SharedRate.Turn> take(long recipients, Duration atMost) {
            try {
                return rate.take(recipients, atMost);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        boolean passes(long recipients) {
            return take(recipients, Duration.ZERO).isPresent();
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private static int worstSecond(List<Long> times) {
        List<Long> sorted = times.stream().sorted().toList();
        int worst = 0;
        for (int from = 0, to = 0; to < sorted.size(); to++) {
            while (sorted.get(to) - sorted.get(from) >= SECOND) {
                from++;
            }
            worst = Math.max(worst, to - from + 1);
        }
        return worst;
    }

    @ParameterizedTest
    @CsvSource({"20, 3", "100, 8", "100, 30", "1000, 8"})
    void nodesThatWantMoreThanTheRateUseItAndTheWorstSecondHoldsAtMostATenthMore(double perSecond, int count) {
        long seed = System.nanoTime();
        System.out.println("SharedRateTest seed " + seed);
        Random random = new Random(seed);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new Node(perSecond));
        }
        long start = nanos.get();
        List<Long> begun = new ArrayList<>();
        while (nanos.get() - start < 10 * SECOND) {
            Node node = nodes.get(random.nextInt(count));
            if (node.passes(1)) {
                begun.add(nanos.get());
            }
            nanos.addAndGet(1 + random.nextLong((long) (SECOND / perSecond)));
        }

        assertThat(worstSecond(begun)).isLessThanOrEqualTo((int) Math.max(perSecond + 1, perSecond * 1.1));
        assertThat(begun.size()).isGreaterThanOrEqualTo((int) (0.9 * 10 * perSecond));
    }

    @Test
    void thoseWhoWaitHaveTheirTurnsOneAfterTheOther() {
        Node a = new Node(10);
        Node b = new Node(10);
        List<Long> begun = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Node node = i % 2 == 0 ? a : b;
            Duration in = node.take(1, Duration.ofSeconds(10)).orElseThrow().in();
            begun.add(nanos.get() + in.toNanos());
        }

        assertThat(worstSecond(begun)).isLessThanOrEqualTo(11);
        assertThat(begun).allMatch(at -> at - nanos.get() <= 2 * SECOND);
        assertThat(a.take(1, Duration.ofMillis(500)))
                .as("two seconds are taken")
                .isEmpty();
    }

    @Test
    void nobodyIsPromisedATurnThatIsFurtherAwayThanAFleetBelieves() {
        Node node = new Node(1);
        List<Duration> promised = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            node.take(1, Duration.ofMinutes(5)).ifPresent(turn -> promised.add(turn.in()));
        }

        assertThat(promised).hasSizeBetween(55, 65).allMatch(in -> in.compareTo(Duration.ofMinutes(1)) <= 0);
    }

    @Test
    void aNodeThatUsesItsTurnsAsksForMoreOfThemAtATime() {
        Node node = new Node(100);
        int sent = 0;
        for (int i = 0; i < 1_000; i++) {
            sent += node.passes(1) ? 1 : 0;
            pass(Duration.ofMillis(10));
        }

        assertThat(sent).isGreaterThan(900);
        assertThat(fleet.turns()).isLessThan(sent / 2);
    }

    @Test
    void turnsThatNobodyUsedAreLostAfterAMoment() {
        Node node = new Node(100);
        for (int i = 0; i < 5; i++) {
            node.passes(1);
        }
        pass(Duration.ofSeconds(10));
        int passed = 0;
        while (node.passes(1)) {
            passed++;
        }

        assertThat(passed)
                .as("50 ms' worth, and what is so soon that it is now")
                .isBetween(5, 7);
    }

    @Test
    void aTurnThatWasNotUsedIsThereForTheNext() {
        Node node = new Node(1);
        SharedRate.Turn turn = node.take(1, Duration.ZERO).orElseThrow();
        assertThat(node.passes(1)).isFalse();
        turn.giveBack().run();

        assertThat(node.passes(1)).isTrue();
        assertThat(node.rate.opensIn(1)).isGreaterThan(Duration.ofMillis(900));
    }

    @Test
    void anEmailWithManyRecipientsTakesAsManyTurns() {
        Node node = new Node(100);
        assertThat(node.passes(50)).isTrue();

        assertThat(node.take(1, Duration.ofMillis(300))).isEmpty();
        assertThat(node.rate.opensIn(1)).isBetween(Duration.ofMillis(430), Duration.ofMillis(500));
    }

    @Test
    void anOutageLeavesANodeItsShareOfTheRateAtOnce() {
        Node node = new Node(100);
        node.passes(1);
        node.way.cut = true;
        node.rate.heard(nanos.get(), 4);
        pass(Duration.ofSeconds(1));
        long begun = nanos.get();
        int sent = 0;
        while (nanos.get() - begun < 10 * SECOND) {
            sent += node.passes(1) ? 1 : 0;
            pass(Duration.ofMillis(1));
        }

        assertThat(sent).isBetween(240, 260);
        assertThat(node.limiter.perSecond())
                .as("operators see the provider's rate")
                .hasValue(100);
    }

    @Test
    void aNodeThatNeverHeardFromItsFleetHasTheWholeRate() {
        Node node = new Node(100);
        node.way.cut = true;
        int sent = 0;
        for (int i = 0; i < 1_000; i++) {
            sent += node.passes(1) ? 1 : 0;
            pass(Duration.ofMillis(1));
        }

        assertThat(sent).isBetween(100, 110);
    }

    @Test
    void turnsThatComeTooLatePayForWhatWasTakenAloneMeanwhile() {
        Node node = new Node(100);
        node.passes(1);
        pass(Duration.ofSeconds(1));
        node.way.slow = true;
        assertThat(node.passes(1)).as("after a moment it goes on alone").isTrue();
        assertThat(node.passes(1)).isTrue();
        node.way.slow = false;
        node.way.answer();

        int passed = 0;
        while (node.passes(1)) {
            passed++;
        }
        assertThat(passed).isLessThanOrEqualTo(6);
    }

    @Test
    void withoutARateNothingIsAsked() {
        Node node = new Node(1);
        node.limiter.configure(OptionalDouble.empty());

        assertThat(node.take(1_000, Duration.ZERO).orElseThrow().in()).isZero();
        assertThat(node.rate.opensIn(5)).isZero();
        assertThat(fleet.turns()).isZero();
    }
}
