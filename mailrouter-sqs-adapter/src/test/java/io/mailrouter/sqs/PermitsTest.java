package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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
    void closingSendsWhoeverWaitsAwayWithNone() {
        permits.acquire(12);
        CompletableFuture<Integer> waiting = CompletableFuture.supplyAsync(() -> permits.acquire(10), LocalSqs.THREADS);

        permits.close();

        assertThat(waiting.join()).isZero();
        permits.release(12);
        assertThat(permits.acquire(1)).isZero();
    }
}
