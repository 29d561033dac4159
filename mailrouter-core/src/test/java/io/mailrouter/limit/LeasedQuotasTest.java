package io.mailrouter.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.limit.Quotas.Taken;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeasedQuotasTest {

    private static final Instant START = Instant.parse("2026-01-30T18:00:00Z");
    private static final long START_NANOS =
            Duration.between(Instant.EPOCH, START).toNanos();

    private final AtomicLong nanos = new AtomicLong(START_NANOS);
    private final AtomicLong ahead = new AtomicLong();
    private final InProcessLimits fleet = new InProcessLimits(() -> nanos.get() + ahead.get());
    private OptionalDouble rate = OptionalDouble.empty();

    /** A node with its own wall clock. */
    private final class Node {

        final InProcessLimits.Node way = fleet.join();
        final Quotas quotas;
        final LeasedQuotas leases;
        long used;

        Node(OptionalLong daily, OptionalLong monthly, Optional<WarmUp> warmUp, Duration wrong) {
            quotas = new Quotas(
                    daily,
                    monthly,
                    warmUp,
                    () -> Instant.EPOCH.plusNanos(nanos.get()).plus(wrong),
                    nanos::get);
            leases = new LeasedQuotas(quotas, "ses", way, () -> rate, nanos::get);
        }

        Node(long daily) {
            this(OptionalLong.of(daily), OptionalLong.empty(), Optional.empty(), Duration.ZERO);
        }

        Taken take(long recipients) {
            try {
                return leases.take(recipients, Duration.ZERO);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        boolean uses(long recipients) {
            return take(recipients) instanceof Taken.Recipients taken && settled(taken, recipients);
        }

        boolean settled(Taken.Recipients taken, long spent) {
            leases.settle(taken, spent);
            used += spent;
            return true;
        }

        long usesAll() {
            long before = used;
            while (uses(1)) {
                assertThat(used).isLessThan(1_000_000);
            }
            return used - before;
        }

        /** An exchange with the fleet. */
        void hear() {
            way.tell();
            leases.heard(nanos.get(), fleet.nodes);
            quotas.heard(nanos.get(), fleet.usedToday(), fleet.usedThisMonth());
        }

        long left() {
            return quotas.uses().get(0).left();
        }
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void allNodesTogetherUseWhatIsLeasedAndNoMore() {
        fleet.nodes = 3;
        List<Node> nodes = List.of(new Node(1_000), new Node(1_000), new Node(1_000));
        boolean any = true;
        while (any) {
            any = false;
            for (Node node : nodes) {
                any |= node.uses(1);
            }
        }

        assertThat(nodes.stream().mapToLong(node -> node.used).sum())
                .as("one in 50 is kept")
                .isEqualTo(980);
        assertThat(fleet.leases()).isLessThan(150);
        assertThat(nodes.get(0).take(1))
                .isInstanceOfSatisfying(
                        Taken.Refused.class,
                        refused -> assertThat(refused.quota().left()).isZero());
    }

    @Test
    void asksForMoreBesideTheSendsWhenLittleIsLeft() {
        Node node = new Node(100_000);
        node.leases.begin();
        assertThat(fleet.usedToday()).as("the first grant").isEqualTo(500);

        for (int i = 0; i < 350; i++) {
            node.uses(1);
        }
        assertThat(fleet.usedToday()).isEqualTo(500);
        node.uses(1);
        assertThat(fleet.usedToday()).isEqualTo(1_000);
        assertThat(fleet.leases()).isEqualTo(2);
    }

    @Test
    void aGrantIsNoMoreThanTwoSecondsOfTheRateAndAQuarterOfANodesPart() {
        rate = OptionalDouble.of(14);
        new Node(100_000).leases.begin();
        assertThat(fleet.usedToday()).isEqualTo(28);

        rate = OptionalDouble.empty();
        fleet.nodes = 100;
        new Node(100_000).leases.begin();
        assertThat(fleet.usedToday()).isEqualTo(28 + (98_000 - 28) / 400);
    }

    @Test
    void anEmailWithMoreRecipientsThanAGrantIsGrantedWhatItNeeds() {
        Node node = new Node(10_000);

        assertThat(node.uses(900)).isTrue();
        assertThat(node.take(9_000)).as("9,800 may be leased").isInstanceOf(Taken.Refused.class);
        assertThat(node.uses(8_000)).isTrue();
    }

    @Test
    void whatWasSurelyNotSentIsUsedForTheNext() {
        Node node = new Node(50);
        Taken.Recipients taken = (Taken.Recipients) node.take(40);
        node.settled(taken, 0);

        assertThat(node.usesAll()).isEqualTo(49);
    }

    @Test
    void whatIsNotUsedIsGivenBackOnceAtTheEnd() {
        Node node = new Node(10_000);
        Taken.Recipients underWay = (Taken.Recipients) node.take(10);
        node.uses(5);
        node.leases.close();
        node.leases.close();
        assertThat(fleet.usedToday()).isEqualTo(15);

        node.settled(underWay, 4);
        assertThat(fleet.usedToday()).as("six of ten were surely not sent").isEqualTo(9);
        assertThat(node.take(1)).as("it is closed").isNotInstanceOf(Taken.Recipients.class);
    }

    @Test
    void theFleetsDayCountsWhateverTheNodesClockShows() {
        for (Duration wrong : List.of(Duration.ofMinutes(10), Duration.ofMinutes(-10))) {
            nanos.set(START_NANOS);
            fleet.wipe();
            Node node = new Node(OptionalLong.of(100), OptionalLong.empty(), Optional.empty(), wrong);
            assertThat(node.usesAll()).isEqualTo(98);

            for (int minute = 0; minute < 6 * 60 - 1; minute++) {
                pass(Duration.ofMinutes(1));
                node.hear();
                assertThat(node.usesAll())
                        .as("minute %s, clock wrong by %s", minute, wrong)
                        .isZero();
            }
            pass(Duration.ofMinutes(1));
            node.hear();
            assertThat(node.usesAll())
                    .as("another day, clock wrong by %s", wrong)
                    .isEqualTo(98);
        }
    }

    @Test
    void whatIsLeftOfAGrantAtMidnightIsUsedNoMoreAndGivenBackToTheMonth() {
        Node node = new Node(OptionalLong.of(1_000), OptionalLong.of(10_000), Optional.empty(), Duration.ZERO);
        node.uses(10);
        pass(Duration.ofHours(6));
        assertThat(node.uses(1)).isTrue();

        assertThat(fleet.usedThisMonth()).isEqualTo(10 + fleet.usedToday());
        assertThat(node.usesAll()).isEqualTo(979);
    }

    @Test
    void aNewProvidersCapIsThatOfTheFleetsDay() {
        WarmUp warmUp = WarmUp.startingOn(LocalDate.of(2026, 1, 30)).dailyCaps(5, 500);
        Node ahead = new Node(OptionalLong.empty(), OptionalLong.empty(), Optional.of(warmUp), Duration.ofHours(7));

        assertThat(ahead.usesAll()).as("its clock shows the second day").isEqualTo(5);
    }

    @Test
    void aNodeThatNeverHeardFromItsFleetHasTheWholeQuotaAndTellsLater() {
        Node node = new Node(100);
        node.way.cut = true;
        assertThat(node.usesAll()).isEqualTo(100);

        node.way.cut = false;
        pass(Duration.ofSeconds(2));
        node.hear();
        assertThat(fleet.usedToday()).isEqualTo(100);
        assertThat(node.usesAll()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void anOutageLeavesANodeItsGrantAndItsShareOfWhatWasLeftWhenItLastHeard(int nodes) {
        fleet.nodes = nodes;
        Node node = new Node(10_000);
        node.uses(1);
        long grant = fleet.usedToday() - 1;
        long remaining = 10_000 - fleet.usedToday();
        node.way.cut = true;

        assertThat(node.usesAll()).isEqualTo(grant + remaining / nodes);
        node.way.tell();
        assertThat(fleet.usedToday()).as("told what was not granted").isEqualTo(1 + grant + remaining / nodes);
    }

    @Test
    void afterAnOutageNothingIsAskedForBeforeTheFleetKnowsWhatWasUsedMeanwhile() {
        fleet.nodes = 2;
        List<Node> nodes = List.of(new Node(1_000), new Node(1_000));
        nodes.forEach(node -> node.uses(1));
        pass(Duration.ofMillis(1));
        nodes.forEach(Node::hear);
        nodes.forEach(node -> node.way.cut = true);
        nodes.forEach(Node::usesAll);
        nodes.forEach(node -> node.way.cut = false);
        pass(Duration.ofSeconds(2));
        nodes.forEach(Node::usesAll);
        nodes.get(0).leases.found(0);
        nodes.forEach(Node::usesAll);
        nodes.forEach(Node::hear);
        nodes.forEach(Node::usesAll);

        assertThat(nodes.stream().mapToLong(node -> node.used).sum()).isLessThanOrEqualTo(1_000);
    }

    @Test
    void afterAnOutageThatCameFirstANodeAsksItsFleet() {
        Node node = new Node(1_000);
        node.way.cut = true;
        assertThat(node.uses(10)).isTrue();
        node.way.cut = false;
        pass(Duration.ofMinutes(1));
        node.hear();

        assertThat(node.uses(10)).isTrue();
        assertThat(fleet.leases()).isEqualTo(1);
    }

    @Test
    void whatIsLeftOfAGrantIsUsedNoMoreOnceTheFleetTellsOfAnotherDay() {
        Node node = new Node(1_000);
        node.uses(1);
        ahead.set(Duration.ofHours(7).toNanos());
        while (fleet.leases() == 1) {
            assertThat(node.uses(1)).isTrue();
        }
        long usedThen = node.used;

        assertThat(usedThen).isLessThan(200);
        assertThat(node.usesAll()).isEqualTo(980);
    }

    @Test
    void whileTheFleetIsSlowANodeUsesItsShareOfWhatIsNeverLeased() {
        fleet.nodes = 4;
        Node node = new Node(10_000);
        node.uses(1);
        long held = fleet.usedToday() - 1;
        node.way.slow = true;
        long used = node.usesAll();

        assertThat(used).isEqualTo(held + 10_000 / 50 / 4);
        assertThat(node.take(1)).isInstanceOf(Taken.Unanswered.class);
        node.way.slow = false;
        node.way.answer();
        assertThat(node.uses(1)).as("what was granted late is used").isTrue();
    }

    @Test
    void aSendThatIsNotPatientWaitsForAFleetThatWasNeverHeardOnlyAMoment() {
        Node node = new Node(100);
        node.way.slow = true;
        long begun = System.nanoTime();

        assertThat(node.take(1)).isInstanceOf(Taken.Unanswered.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofMillis(49), Duration.ofSeconds(10));
        assertThat(node.left()).as("nobody says that nothing is left").isEqualTo(100);
        pass(Duration.ofMillis(2_500));
        assertThat(node.uses(100)).as("it is not waited for for ever").isTrue();
    }

    @Test
    @DisplayName("R6 a wiped store is told what was used, and gives nothing twice")
    void givesNothingTwiceAfterAWipe() {
        Node node = new Node(1_000);
        long before = node.usesAll();
        node.hear();
        fleet.wipe();
        node.hear();
        pass(Duration.ofSeconds(2));

        assertThat(before + node.usesAll()).isEqualTo(980);
    }

    @Test
    void whatOthersUseIsLeftNoMore() {
        Node node = new Node(1_000);
        node.uses(1);
        fleet.join().used("ses", 500);
        pass(Duration.ofMillis(1));
        node.hear();

        assertThat(node.left()).isEqualTo(980 - 501);
        assertThat(node.usesAll()).isEqualTo(980 - 501);
        assertThat(node.quotas.usedUp()).isPresent();
        assertThat(node.quotas.pressure()).isEqualTo(10);
    }

    @Test
    void whateverNodesDoTogetherTheyNeverUseMoreThanTheQuota() {
        long seed = System.nanoTime();
        System.out.println("LeasedQuotasTest seed " + seed);
        for (int round = 0; round < 150; round++) {
            neverUsesMore(new Random(seed + round), seed + round);
        }
    }

    /** Nodes that crash, close and lose answers; a fleet that is slow now and then, and that may tell what others used. */
    private void neverUsesMore(Random random, long seed) {
        nanos.set(START_NANOS);
        fleet.wipe();
        long limit = 1 + random.nextInt(5_000);
        fleet.nodes = 1 + random.nextInt(8);
        List<Node> nodes = new ArrayList<>();
        List<Runnable> underWay = new ArrayList<>();
        for (int i = 0; i < fleet.nodes; i++) {
            nodes.add(new Node(limit));
            nodes.get(i).take(1);
        }
        long[] counted = {0};
        for (int step = 0; step < 1_500 && !nodes.isEmpty(); step++) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            switch (random.nextInt(60)) {
                case 0 -> node.hear();
                case 1 -> node.way.answer();
                case 2 -> pass(Duration.ofMillis(random.nextInt(3_000)));
                case 3 -> {
                    if (random.nextInt(20) == 0) {
                        nodes.remove(node);
                    }
                }
                case 4 -> underWay.forEach(Runnable::run);
                case 5 -> {
                    if (random.nextInt(20) == 0) {
                        node.leases.close();
                        nodes.remove(node);
                    }
                }
                default -> {
                    int recipients = 1 + random.nextInt(random.nextInt(40) + 1);
                    if (node.take(recipients) instanceof Taken.Recipients taken) {
                        long used = random.nextInt(4) == 0 ? random.nextInt(recipients + 1) : recipients;
                        counted[0] += used;
                        boolean[] done = new boolean[1];
                        underWay.add(() -> {
                            if (!done[0]) {
                                done[0] = true;
                                node.leases.settle(taken, used);
                            }
                        });
                        if (random.nextBoolean()) {
                            underWay.get(underWay.size() - 1).run();
                        }
                    }
                }
            }
            assertThat(counted[0])
                    .as("seed %s, step %s, limit %s", seed, step, limit)
                    .isLessThanOrEqualTo(limit);
        }
    }
}
