package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mailrouter.health.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private final AtomicLong clock = new AtomicLong(-5);
    private final Map<String, Tally> tallies = new ConcurrentHashMap<>(Map.of("ses", new Tally()));
    private final Backlog backlog = new Backlog(tallies, Duration.ofSeconds(10), clock::get);

    private void count(int times) {
        for (int i = 0; i < times; i++) {
            tallies.get("ses").record(Signal.OK, Duration.ofMillis(20), 1);
        }
    }

    private Backlog.Batch next() {
        backlog.gather();
        return backlog.batch();
    }

    private static double attempts(Backlog.Batch batch) {
        return Double.parseDouble(batch.deltas().get("ses").arguments().get(Tally.ATTEMPTS));
    }

    private static long used(Backlog.Batch batch) {
        return Long.parseLong(batch.deltas().get("ses").arguments().get(Tally.USED));
    }

    @Test
    void aBatchIsTheSameUntilItIsApplied() {
        count(3);
        Backlog.Batch first = next();
        count(4);

        assertThat(next()).isSameAs(first);
        assertThat(used(first)).isEqualTo(3);
        backlog.applied(0);
        Backlog.Batch second = next();
        assertThat(second.sequence()).isEqualTo(first.sequence() + 1);
        assertThat(used(second)).isEqualTo(4);
        backlog.applied(1);
        assertThat(used(next())).isZero();
    }

    @Test
    void whatWaitsFadesButItsUsageDoesNot() {
        count(100);
        Backlog.Batch open = next();
        count(100);
        backlog.gather();
        clock.addAndGet(Duration.ofSeconds(10).toNanos());
        backlog.gather();

        assertThat(attempts(open)).isCloseTo(100 * Math.exp(-1), within(1e-6));
        assertThat(used(open)).isEqualTo(100);
        backlog.applied(0);
        Backlog.Batch next = backlog.batch();
        assertThat(attempts(next)).isCloseTo(100 * Math.exp(-1), within(1e-6));
        assertThat(used(next)).isEqualTo(100);
    }

    @Test
    void anHourWithoutRedisLeavesNothingButTheUsage() {
        count(1_000_000);
        backlog.gather();
        for (int i = 0; i < 3_600; i++) {
            clock.addAndGet(Duration.ofSeconds(1).toNanos());
            backlog.gather();
        }

        assertThat(attempts(backlog.batch())).isZero();
        assertThat(used(backlog.batch())).isEqualTo(1_000_000);
    }

    @Test
    void aSequenceThatSomebodySetAheadIsFollowed() {
        count(1);
        next();
        backlog.applied(5_000);

        assertThat(next().sequence()).isEqualTo(5_001);
    }

    @Test
    void everyProviderEverNamedIsInEveryBatch() {
        next();
        backlog.applied(0);
        tallies.put("sendgrid", new Tally());
        assertThat(next().deltas()).containsOnlyKeys("sendgrid", "ses");
        backlog.applied(1);

        assertThat(next().deltas()).containsOnlyKeys("sendgrid", "ses");
    }

    @Test
    void countsOfManyThreadsArriveExactlyOnceHoweverOftenTheyAreGathered() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch done = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            threads.execute(() -> {
                count(200_000);
                done.countDown();
            });
        }
        long used = 0;
        double attempts = 0;
        boolean last = false;
        while (!last) {
            last = done.await(0, TimeUnit.SECONDS);
            Backlog.Batch batch = next();
            used += used(batch);
            attempts += attempts(batch);
            backlog.applied(0);
        }
        threads.shutdown();

        assertThat(used).isEqualTo(800_000);
        assertThat(attempts).isEqualTo(800_000);
    }

    @Test
    void everySignalHasItsPlace() {
        Tally ses = tallies.get("ses");
        for (Signal signal : Signal.values()) {
            ses.record(signal, Duration.ofSeconds(12), 0);
        }
        backlog.gather();

        assertThat(backlog.batch().deltas().get("ses").arguments())
                .isEqualTo(List.of("5.0", "1.0", "1.0", "1.0", "1.0", "5.0", "12000.0", "1.0", "0"));
    }
}
