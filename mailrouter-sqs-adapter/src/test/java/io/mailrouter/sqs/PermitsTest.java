package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PermitsTest {

    private final Permits permits = new Permits(12);

    @Test
    void asManyAreTakenAsAreFreeAndAskedFor() {
        assertThat(permits.acquire(10)).isEqualTo(10);
        assertThat(permits.acquire(10)).isEqualTo(2);
    }

    @Test
    void whoFindsNoneWaitsForOne() {
        permits.acquire(12);
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> permits.acquire(10), LocalSqs.THREADS);

        await().during(Duration.ofMillis(200)).until(() -> !waiting.isDone());
        permits.release(3);

        assertThat(waiting.join()).isEqualTo(3);
    }

    @Test
    void moreOrFewerMayBeTakenAfterAChange() {
        assertThat(permits.acquire(10)).isEqualTo(10);

        permits.resize(5);
        permits.release(6);
        assertThat(permits.acquire(10)).isEqualTo(1);
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> permits.acquire(10), LocalSqs.THREADS);
        await().during(Duration.ofMillis(200)).until(() -> !waiting.isDone());
        permits.resize(20);

        assertThat(waiting.join()).isEqualTo(10);
        assertThat(permits.free()).isEqualTo(5);
    }

    @Test
    void noMoreAreTakenThanTheProvidersTakeHoweverManyThereAre() {
        AtomicInteger bound = new AtomicInteger(3);
        Permits bounded = new Permits(12, bound::get);

        assertThat(bounded.acquire(10)).isEqualTo(3);
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> bounded.acquire(10), LocalSqs.THREADS);
        await().during(Duration.ofMillis(200)).until(() -> !waiting.isDone());
        bound.set(4);
        assertThat(waiting.join()).isEqualTo(1);
        bound.set(Integer.MAX_VALUE);

        assertThat(bounded.acquire(10)).isEqualTo(8);
    }

    @Test
    void whatIsThereAlreadyIsTakenBeyondTheCountAndPaidFor() {
        permits.acquire(12);
        permits.take();
        permits.release(1);
        assertThat(permits.free()).isZero();

        permits.release(1);
        assertThat(permits.free()).isEqualTo(1);
    }

    @Test
    void closingSendsWhoeverWaitsAwayWithNone() {
        permits.acquire(12);
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> permits.acquire(10), LocalSqs.THREADS);

        permits.close();

        assertThat(waiting.join()).isZero();
        permits.release(12);
        assertThat(permits.acquire(1)).isZero();
    }
}
