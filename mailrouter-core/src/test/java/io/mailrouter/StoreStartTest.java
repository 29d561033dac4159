package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Email;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoreStartTest {

    private static final Email EMAIL = Email.builder()
            .from("shop@example.com")
            .to("ada@example.org")
            .text("hello")
            .build();

    private final AtomicLong now = new AtomicLong();
    private final Time time = new Time(InstantSource.system(), now::get);
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final StoreStart start = new StoreStart(
            () -> {
                asked.incrementAndGet();
                return begun;
            },
            time);

    private Span span(Duration allowed) {
        return Span.of(EMAIL, allowed, time);
    }

    @Test
    @DisplayName("the first sends wait until the store knows whether it is there, and the others do not ask")
    void waits() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            start.await(span(Duration.ofSeconds(30)));
            ended.countDown();
        });
        sender.start();
        while (asked.get() == 0) {
            Thread.onSpinWait();
        }

        assertThat(ended.getCount()).isEqualTo(1);
        begun.complete(null);
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
        start.await(span(Duration.ofSeconds(30)));

        assertThat(asked).hasValue(1);
    }

    @Test
    @DisplayName("2 s after the beginning nobody waits any more")
    void endsInTime() {
        now.set(StoreStart.AT_MOST.toNanos());

        start.await(span(Duration.ofSeconds(30)));

        assertThat(asked).hasValue(0);
    }

    @Test
    @DisplayName("no send waits longer than a quarter of its time")
    void takesAQuarter() {
        long before = System.nanoTime();

        start.await(span(Duration.ofMillis(200)));

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        assertThat(begun).isNotDone();
        assertThat(asked).hasValue(1);
    }

    @Test
    @DisplayName("a store that fails to begin, or throws, is not waited for again")
    void takesAFailureForAnAnswer() {
        begun.completeExceptionally(new IllegalStateException("away"));
        start.await(span(Duration.ofSeconds(30)));
        start.await(span(Duration.ofSeconds(30)));
        assertThat(asked).hasValue(1);

        AtomicInteger thrown = new AtomicInteger();
        StoreStart defect = new StoreStart(
                () -> {
                    thrown.incrementAndGet();
                    throw new IllegalStateException("defect");
                },
                time);
        defect.await(span(Duration.ofSeconds(30)));
        defect.await(span(Duration.ofSeconds(30)));
        assertThat(thrown).hasValue(1);
    }

    @Test
    @DisplayName("T3 an interrupt ends the wait and keeps its flag")
    void endsByInterrupt() throws Exception {
        AtomicBoolean flag = new AtomicBoolean();
        Thread sender = new Thread(() -> {
            start.await(span(Duration.ofMinutes(10)));
            flag.set(Thread.currentThread().isInterrupted());
        });
        sender.start();
        sender.interrupt();
        sender.join(30_000);

        assertThat(flag).isTrue();
    }
}
