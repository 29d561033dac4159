package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.model.Message;

/** The keeper of leases, one step after the other in virtual time. */
class LeaseKeeperTest {

    private final AtomicLong now = new AtomicLong();
    private final List<Duration> asked = new ArrayList<>();
    private final List<QueueEvent> events = new ArrayList<>();
    private int failures;

    private final MessageQueue queue = new MessageQueue() {
        @Override
        public String name() {
            return "q";
        }

        @Override
        public List<Message> receive(int max) {
            return List.of();
        }

        @Override
        public List<Failure> delete(List<Lease> leases) {
            return List.of();
        }

        @Override
        public List<Failure> changeVisibility(List<Change> changes) {
            changes.forEach(change -> asked.add(change.visibility()));
            if (failures-- > 0) {
                throw SdkClientException.create("made up");
            }
            return List.of();
        }

        @Override
        public long size() {
            return 0;
        }
    };

    private final Settings settings = ConsumerSettingsTest.settings(b -> b);
    private final Surroundings around = new Surroundings(InstantSource.fixed(Instant.EPOCH), now::get, new Random(1));
    private final Leases leases = new Leases(settings, around, new Permits(1));
    private final LeaseKeeper keeper =
            new LeaseKeeper(queue, leases, new Events(List.of(events::add), around), settings, around, defect -> {});
    private final Lease lease = leases.add(Message.builder().messageId("m").build(), false);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private void giveBack(Duration delay) {
        lease.giveBack();
        keeper.giveBack(lease, delay, "unknown");
    }

    @Test
    void aDelayThatIsSetLateStaysWithinTheTwelveHoursOfTheQueue() throws InterruptedException {
        failures = 1;
        pass(Duration.ofSeconds(2));
        giveBack(Duration.ofHours(12).minusSeconds(3));

        keeper.step(Duration.ZERO);
        pass(Duration.ofSeconds(10));
        keeper.step(Duration.ZERO);

        // A minute is left for the ways there and back, of which the queue counts both.
        Duration first = Duration.ofHours(12).minusSeconds(62);
        Duration second = first.minusSeconds(10);
        assertThat(asked).containsExactly(first, second);
        assertThat(events).containsExactly(new QueueEvent.Returned("q", "m", 1, second, "unknown"));
    }

    @Test
    void aDelayThatTheQueueGrantsIsSetAsItIs() throws InterruptedException {
        giveBack(Duration.ofMinutes(15));

        keeper.step(Duration.ZERO);

        assertThat(asked).containsExactly(Duration.ofMinutes(15));
        assertThat(leases.count()).isZero();
    }

    @Test
    void whatHasBeenGivenBackIsNotExtendedAnyMore() throws InterruptedException {
        giveBack(Duration.ofSeconds(5));
        keeper.step(Duration.ZERO);

        pass(Duration.ofSeconds(59));
        keeper.step(Duration.ZERO);

        assertThat(asked).containsExactly(Duration.ofSeconds(5));
    }
}
