package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;

/** On a virtual clock that begins near the overflow of nanoTime, whose zero means nothing. */
class LeaseTest {

    private static final long START = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos();

    private final AtomicLong nanos = new AtomicLong(START);
    private final Surroundings around = new Surroundings(() -> Instant.EPOCH, nanos::get, new Random(1));

    private Lease lease(double heartbeatAt, Duration maxLease) {
        Settings settings = ConsumerSettingsTest.settings(b ->
                b.visibility(Duration.ofSeconds(60)).heartbeatAt(heartbeatAt).maxLease(maxLease));
        return new Lease(Message.builder().messageId("m").build(), false, settings, around);
    }

    private static long at(int seconds) {
        return START + Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void anExtensionIsDueAtItsShareOfTheVisibility() {
        Lease half = lease(0.5, Duration.ofMinutes(10));
        Lease late = lease(0.9, Duration.ofMinutes(10));

        assertThat(half.extension(at(29))).isZero();
        assertThat(half.extension(at(30))).isEqualTo(Duration.ofSeconds(60));
        assertThat(late.extension(at(53))).isZero();
        assertThat(late.extension(at(54))).isEqualTo(Duration.ofSeconds(60));

        half.extended(at(30), Duration.ofSeconds(60));

        assertThat(half.extension(at(59))).isZero();
        assertThat(half.extension(at(60))).isEqualTo(Duration.ofSeconds(60));
        assertThat(half.runsOut(at(89))).isFalse();
    }

    @Test
    void noExtensionGoesBeyondTheLongestLease() {
        Lease lease = lease(0.5, Duration.ofSeconds(75));

        assertThat(lease.extension(at(30))).isEqualTo(Duration.ofSeconds(46));
        lease.extended(at(30), Duration.ofSeconds(46));
        assertThat(lease.extension(at(76))).isZero();
        assertThat(lease.runsOut(at(75))).isFalse();
        assertThat(lease.runsOut(at(76))).isTrue();
        assertThat(lease.runsOut(at(77))).isFalse();
        assertThat(lease.isLost()).isTrue();
        assertThat(lease.start()).isFalse();
    }

    @Test
    void enoughOfTheLeaseIsLeftToGiveTheMessageBack() {
        Lease lease = lease(0.5, Duration.ofSeconds(90));
        Lease longer = lease(0.5, Duration.ofMinutes(10));

        assertThat(lease.timeLeft(at(50))).isEqualTo(Duration.ofSeconds(10));
        assertThat(longer.timeLeft(at(500))).isEqualTo(Duration.ofSeconds(70));
        assertThat(longer.timeLeft(at(571))).isNegative();
        longer.extensionFailed(at(501), true);
        assertThat(longer.runsOut(at(501))).isTrue();
        assertThat(longer.timeLeft(at(501))).isZero();
    }

    @Test
    void aFailedExtensionIsTriedOnceMoreAndThenTheLeaseIsLost() {
        Lease lease = lease(0.5, Duration.ofMinutes(10));

        lease.extensionFailed(at(30), false);
        assertThat(lease.runsOut(at(31))).isFalse();
        assertThat(lease.extension(at(44))).isZero();
        assertThat(lease.extension(at(45))).isEqualTo(Duration.ofSeconds(60));
        lease.extensionFailed(at(45), false);
        assertThat(lease.runsOut(at(45))).isTrue();
    }

    @Test
    void aSuccessForgivesAFailure() {
        Lease lease = lease(0.5, Duration.ofMinutes(10));

        lease.extensionFailed(at(30), false);
        lease.extended(at(45), Duration.ofSeconds(60));
        lease.extensionFailed(at(75), false);

        assertThat(lease.runsOut(at(76))).isFalse();
    }

    @Test
    void anInvalidHandleLosesTheLeaseAtOnce() {
        Lease lease = lease(0.5, Duration.ofMinutes(10));

        lease.extensionFailed(at(30), true);

        assertThat(lease.runsOut(at(30))).isTrue();
    }

    @Test
    void nothingIsExtendedOnceTheMessageWentBack() {
        Lease running = lease(0.5, Duration.ofMinutes(10));
        Lease released = lease(0.5, Duration.ofMinutes(10));

        assertThat(running.start()).isTrue();
        running.giveBack();
        assertThat(released.release()).isTrue();

        assertThat(running.extension(at(50))).isZero();
        assertThat(released.extension(at(50))).isZero();
        assertThat(running.runsOut(at(90))).isFalse();
    }

    @Test
    void whatWaitsForItsDeleteIsStillExtended() {
        Lease lease = lease(0.5, Duration.ofMinutes(10));
        lease.start();

        lease.done();

        assertThat(lease.isRunning()).isFalse();
        assertThat(lease.extension(at(30))).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aMessageBeginsOrIsReleasedNeverBoth() {
        Lease begun = lease(0.5, Duration.ofMinutes(10));
        Lease released = lease(0.5, Duration.ofMinutes(10));

        assertThat(begun.start()).isTrue();
        assertThat(begun.release()).isFalse();
        assertThat(begun.start()).isFalse();
        assertThat(released.release()).isTrue();
        assertThat(released.start()).isFalse();
    }
}
