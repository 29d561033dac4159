package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.SendResult;
import io.mailrouter.Trail;
import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A poll that does not end, on a clock that is put forward. */
class PollWatchTest {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final Duration OVERDUE = Duration.ofSeconds(31);

    private final FakeQueue queue = new FakeQueue();
    private final Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final AtomicLong ahead = new AtomicLong();
    private final AtomicInteger toHang = new AtomicInteger();
    private final AtomicInteger hanging = new AtomicInteger();
    private final CountDownLatch comeBack = new CountDownLatch(1);
    private final Consumption run = new Consumption(new Consumption.Parts(
            queue,
            ConsumerSettingsTest.settings(b -> b.concurrency(1)
                    .prefetch(0)
                    .maxPollers(2)
                    .waitTime(Duration.ofSeconds(1))
                    .visibility(Duration.ofSeconds(60))
                    .stopTimeout(Duration.ofSeconds(1))),
            new Surroundings(InstantSource.system(), () -> System.nanoTime() + ahead.get(), new Random(1)),
            EmailMessages.upTo(10_000),
            email -> {
                asked.add(email.subject());
                return new SendResult.Accepted("p", "m", new Trail("mr1", List.of(), List.of(), Duration.ZERO));
            },
            new UnboundedAvailability(),
            null,
            QueueFacts.unknown("fake"),
            List.of(events::add),
            Tracing.none(),
            null,
            null,
            SqsThreads::new,
            Deliveries::threads,
            fatal -> {}));

    private record UnboundedAvailability() implements Availability {
        @Override
        public boolean noneUsable() {
            return false;
        }

        @Override
        public boolean worthATry() {
            return true;
        }

        @Override
        public int takenWithin(Duration time) {
            return Integer.MAX_VALUE;
        }

        @Override
        public Optional<Duration> nextReturn() {
            return Optional.empty();
        }
    }

    private void startWithAPollThatHangsWith(String... messages) {
        toHang.set(1);
        queue.afterReceive = () -> {
            if (toHang.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                hanging.incrementAndGet();
                SqsEmailConsumerTest.awaitLatch(comeBack);
            }
        };
        queue.fill(messages);
        run.start();
        await().atMost(LONG).until(() -> hanging.get() == 1);
    }

    private void pass(Duration time) {
        ahead.addAndGet(time.toNanos());
    }

    private long overdue() {
        return events.stream().filter(QueueEvent.PollOverdue.class::isInstance).count();
    }

    @AfterEach
    void stop() {
        comeBack.countDown();
        run.stop();
    }

    @Test
    @DisplayName("Q10 another poller takes the place of one that hangs, with its permits, and the event tells it")
    void aPollThatHangsIsReplaced() {
        startWithAPollThatHangsWith("late");
        queue.fill("next");
        pass(OVERDUE.minusSeconds(25));
        run.watchOnce();
        assertThat(overdue()).isZero();

        pass(Duration.ofSeconds(25));

        await().atMost(LONG).until(() -> queue.deleted().equals(List.of("next")));
        assertThat(events).contains(new QueueEvent.PollOverdue("fake", OVERDUE));
        assertThat(run.stats().pollers()).isEqualTo(1);
    }

    @Test
    void whatComesBackInTimeIsGivenBackAtOnceWithItsPermit() {
        startWithAPollThatHangsWith("late");
        pass(OVERDUE);
        await().atMost(LONG).until(() -> overdue() == 1);

        comeBack.countDown();

        await().atMost(LONG).until(() -> queue.returned().equals(List.of("late")));
        assertThat(events).contains(new QueueEvent.Returned("fake", "late", 1, Duration.ZERO, "late"));
        queue.fill("next");
        await().atMost(LONG).until(() -> queue.deleted().equals(List.of("next")));
        await().atMost(LONG).until(() -> run.stats().owned() == 0);
        assertThat(asked).containsExactly("next");
    }

    @Test
    void whatMayBeSomebodyElsesByNowIsLeftToComeAgain() {
        startWithAPollThatHangsWith("late");
        pass(Duration.ofSeconds(61));
        await().atMost(LONG).until(() -> overdue() == 1);

        comeBack.countDown();

        await().atMost(LONG).until(() -> events.contains(new QueueEvent.LeaseLost("fake", "late")));
        queue.fill("next");
        await().atMost(LONG).until(() -> queue.deleted().equals(List.of("next")));
        assertThat(queue.returned()).isEmpty();
        assertThat(asked).containsExactly("next");
    }

    @Test
    void noMoreAreReplacedThanTheMostPollersThereMayBe() {
        startWithAPollThatHangsWith("late");
        for (int i = 1; i <= 2; i++) {
            toHang.set(1);
            pass(OVERDUE);
            int replaced = i;
            await().atMost(LONG).until(() -> overdue() == replaced && hanging.get() == replaced + 1);
        }

        pass(OVERDUE.multipliedBy(3));
        run.watchOnce();

        assertThat(overdue()).isEqualTo(2);
        comeBack.countDown();
        await().atMost(LONG).until(() -> run.stats().pollers() == 1);
        queue.fill("next");
        await().atMost(LONG).until(() -> queue.deleted().equals(List.of("next")));
    }
}
