package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** On a virtual clock, with turns that write down what becomes of them. */
class GroupOrderTest {

    private static final Settings SETTINGS = ConsumerSettingsTest.settings(b -> b);
    private static final Disposition.Return IN_5_S = new Disposition.Return(Duration.ofSeconds(5), "refused", false);

    private final List<String> log = new ArrayList<>();
    private final List<QueueEvent> events = new ArrayList<>();
    private final List<Throwable> defects = new ArrayList<>();
    private final List<Runnable> alarms = new ArrayList<>();
    private long now = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos();
    private final Surroundings around = new Surroundings(() -> Instant.EPOCH, () -> now, new Random(1));
    private Optional<String> notNow = Optional.empty();
    private boolean threads = true;
    private GroupOrder order = order(FifoTransient.HOLD, 26);

    private GroupOrder order(FifoTransient onTransient, int capacity) {
        return new GroupOrder(new GroupOrder.Parts(
                "q",
                SETTINGS.policy(),
                new FifoPolicy(onTransient, Duration.ofSeconds(60), FifoRejected.CONTINUE),
                () -> capacity,
                turn -> threads && log.add("begin " + turn.lease().id()),
                lease -> notNow,
                (time, task) -> alarms.add(task),
                events::add,
                around,
                defects::add));
    }

    private FakeTurn turn(String id) {
        return turn(id, false);
    }

    /** The first letter of an id names the group. */
    private FakeTurn turn(String id, boolean probe) {
        Message message = Message.builder()
                .messageId(id)
                .attributes(Map.of(MessageSystemAttributeName.MESSAGE_GROUP_ID, id.substring(0, 1)))
                .build();
        return new FakeTurn(new Lease(message, probe, SETTINGS, around));
    }

    private final class FakeTurn implements Turn {

        private final Lease lease;

        FakeTurn(Lease lease) {
            this.lease = lease;
        }

        @Override
        public Lease lease() {
            return lease;
        }

        @Override
        public boolean hold() {
            return lease.hold();
        }

        @Override
        public boolean release(Duration delay, String code) {
            return lease.release() && log.add("release " + lease.id() + " " + delay.toSeconds() + " " + code);
        }

        @Override
        public void giveBack(Duration delay, String code) {
            lease.giveBack();
            log.add("back " + lease.id() + " " + delay.toSeconds() + " " + code);
        }

        @Override
        public void run() {
            assertThat(lease.start()).isTrue();
        }
    }

    private FakeTurn a1;
    private FakeTurn a2;
    private FakeTurn a3;
    private FakeTurn b1;

    @BeforeEach
    void makeTurns() {
        a1 = turn("a1");
        a2 = turn("a2");
        a3 = turn("a3");
        b1 = turn("b1");
    }

    private void assertLog(String... lines) {
        assertThat(log).containsExactly(lines);
        log.clear();
    }

    private void begun() {
        order.accept(List.of(a1, a2, a3));
        a1.run();
        log.clear();
    }

    private void passes(Duration time) {
        now += time.toNanos();
    }

    @Test
    void groupsBeginBesideEachOtherAndOfEachOnlyTheFirst() {
        order.accept(List.of(a1, a2, b1, a3));

        assertLog("begin a1", "begin b1");
        assertThat(order.isAwaited(a1)).isTrue();
        assertThat(order.isAwaited(b1)).isFalse();
    }

    @Test
    void theNextBeginsOnceTheDeleteOfTheOneBeforeIsConfirmed() {
        begun();

        order.ended(a1.lease, true);
        assertLog("begin a2");
        a2.run();
        order.ended(a2.lease, true);
        assertLog("begin a3");
        assertThat(order.isAwaited(a3)).isFalse();
        order.ended(a3.lease, true);

        order.accept(List.of(turn("a4")));
        assertLog("begin a4");
    }

    @Test
    void nothingBeginsBehindAMessageWhoseDeleteWasLost() {
        begun();

        order.ended(a1.lease, false);

        assertLog("release a3 0 behind_another", "release a2 0 behind_another");
    }

    @Test
    @DisplayName("Q12 the later ones of a group wait while its first is tried again in its place")
    void aHeadThatFailsIsHeldWithItsTail() {
        begun();

        order.notSent(a1, IN_5_S);

        assertLog();
        assertThat(events).containsExactly(new QueueEvent.Held("q", "a1", 1, Duration.ofSeconds(5), "refused"));
        passes(Duration.ofSeconds(5));
        alarms.remove(0).run();
        assertLog("begin a1");
        a1.run();
        order.ended(a1.lease, true);
        assertLog("begin a2");
    }

    @Test
    @DisplayName("Q12 a group that was held for long goes back, the last first and all with one delay")
    void aHeldGroupGoesBackInTheEnd() {
        begun();
        order.notSent(a1, IN_5_S);
        passes(Duration.ofSeconds(56));
        alarms.remove(0).run();
        a1.run();
        log.clear();

        order.notSent(a1, IN_5_S);

        assertLog("release a3 5 behind_another", "release a2 5 behind_another", "back a1 5 refused");
        assertThat(alarms).isEmpty();
        order.accept(List.of(turn("a4")));
        assertLog("begin a4");
    }

    @Test
    void anotherMessagesFailureDoesNotCountAgainstTheNext() {
        begun();
        order.notSent(a1, IN_5_S);
        passes(Duration.ofSeconds(56));
        alarms.remove(0).run();
        a1.run();
        order.ended(a1.lease, true);
        a2.run();
        log.clear();

        order.notSent(a2, IN_5_S);

        assertLog();
        assertThat(alarms).hasSize(1);
    }

    @Test
    void theGroupGoesBackAtOnceWhereThatIsThePolicy() {
        order = order(FifoTransient.RELEASE, 26);
        begun();

        order.notSent(a1, IN_5_S);

        assertLog("release a3 5 behind_another", "release a2 5 behind_another", "back a1 5 refused");
        assertThat(events).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"paused", "stopping"})
    void nothingIsHeldThatWouldNotBeTriedAgain(String why) {
        begun();
        notNow = Optional.of(why);

        order.notSent(a1, IN_5_S);

        assertLog("release a3 5 behind_another", "release a2 5 behind_another", "back a1 5 refused");
    }

    @Test
    void neitherAProbeNorWhatWouldBeTriedAgainAtOnceIsHeld() {
        FakeTurn probe = turn("c1", true);
        begun();
        order.accept(List.of(probe));
        probe.run();
        log.clear();

        order.notSent(probe, IN_5_S);
        order.notSent(a1, new Disposition.Return(Duration.ZERO, "service_closed", false));

        assertLog(
                "back c1 5 refused",
                "release a3 0 behind_another",
                "release a2 0 behind_another",
                "back a1 0 service_closed");
    }

    @Test
    void heldGroupsOwnNoMoreThanHalfOfWhatMayBeHeld() {
        order = order(FifoTransient.HOLD, 7);
        begun();
        order.accept(List.of(b1));
        b1.run();
        log.clear();

        order.notSent(a1, IN_5_S);
        order.notSent(b1, IN_5_S);

        assertLog("back b1 5 refused");
        assertThat(alarms).hasSize(1);
    }

    @Test
    void theTailOfALostHeadDoesNotBegin() {
        begun();
        order.notSent(a1, IN_5_S);
        lose(a1);

        order.ended(a1.lease, false);
        alarms.remove(0).run();

        assertLog("release a3 0 behind_another", "release a2 0 behind_another");
    }

    private void lose(FakeTurn turn) {
        turn.lease.extensionFailed(now, true);
        assertThat(turn.lease.runsOut(now)).isTrue();
    }

    @Test
    void whatStandsBehindALostMessageGoesBackAndWhatStandsBeforeItGoesOn() {
        FakeTurn a4 = turn("a4");
        order.accept(List.of(a1, a2, a3, a4));
        a1.run();
        log.clear();
        lose(a2);

        order.ended(a2.lease, false);

        assertLog("release a4 0 behind_another", "release a3 0 behind_another");
        order.ended(a1.lease, true);
        assertLog();
    }

    @Test
    void aStopReleasesTheLastFirstAndLeavesWhatRuns() {
        order.accept(List.of(a1, a2, a3, b1));
        a1.run();
        log.clear();

        order.releaseWaiting("stopping");

        assertThat(log)
                .containsExactlyInAnyOrder("release a3 0 stopping", "release a2 0 stopping", "release b1 0 stopping");
        assertThat(log.indexOf("release a3 0 stopping")).isLessThan(log.indexOf("release a2 0 stopping"));
        log.clear();
        order.ended(a1.lease, true);
        assertLog();
    }

    @Test
    void aHeldGroupThatIsReleasedComesAgainAfterTheRestOfItsDelay() {
        begun();
        order.notSent(a1, IN_5_S);
        passes(Duration.ofMillis(2_500));

        order.releaseWaiting("paused");
        alarms.remove(0).run();

        assertLog("release a3 3 paused", "release a2 3 paused", "release a1 3 paused");
    }

    @Test
    void aProbeIsNotReleasedByThePauseThatItIsToEnd() {
        order.accept(List.of(turn("c1", true)));
        log.clear();

        order.releaseWaiting("paused");

        assertLog();
    }

    @Test
    void aBatchThatMustNotBeginGoesBackTheLastFirst() {
        notNow = Optional.of("paused");

        order.accept(List.of(a1, a2, b1));

        assertLog("release b1 0 paused", "release a2 0 paused", "release a1 0 paused");
        notNow = Optional.empty();
        order.accept(List.of(turn("a1")));
        assertLog("begin a1");
    }

    @Test
    void aGroupWhoseFirstMayNotBeginOnItsThreadGoesBackWhole() {
        order.accept(List.of(a1, a2, a3));
        log.clear();

        order.release(a1, "paused");

        assertLog("release a3 0 paused", "release a2 0 paused", "release a1 0 paused");
    }

    @Test
    void aGroupThatGetsNoThreadGoesBackWhole() {
        threads = false;

        order.accept(List.of(a1, a2));

        assertLog("release a2 0 stopping", "release a1 0 stopping");
    }

    @Test
    void whatComesAgainWhileItsLostSendRunsWaitsForIt() {
        begun();
        lose(a1);
        FakeTurn again = turn("a1");

        order.accept(List.of(again));
        assertLog();
        order.ended(a1.lease, false);

        assertLog("release a1 0 behind_another", "release a3 0 behind_another", "release a2 0 behind_another");
    }

    @Test
    void aMessageThatCannotBeDeadLetteredTakesItsGroupAlong() {
        begun();

        order.giveBack(a1, Duration.ofSeconds(9), "not_dead_lettered");

        assertLog("release a3 9 behind_another", "release a2 9 behind_another", "back a1 9 not_dead_lettered");
    }

    @Test
    void anErrorWhileATimerIsSetTakesTheGroupBack() {
        order = new GroupOrder(new GroupOrder.Parts(
                "q",
                SETTINGS.policy(),
                SETTINGS.fifo(),
                () -> 26,
                turn -> true,
                lease -> notNow,
                (time, task) -> {
                    throw new OutOfMemoryError("made up");
                },
                events::add,
                around,
                defects::add));
        begun();

        order.notSent(a1, IN_5_S);

        assertThat(Stream.of(a1, a2, a3)).noneMatch(turn -> turn.lease.release());
        assertThat(log).hasSize(3);
        assertThat(defects).hasSize(1);
    }
}
