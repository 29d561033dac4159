package io.mailrouter.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.provider.CallWatch.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallWatchTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final CallWatch watch = new CallWatch("watched");

    /** The threads of all tests have the same name, so each waits for the end of its own. */
    @AfterEach
    void close() {
        watch.close();
        await().atMost(LIMIT).until(() -> thread().isEmpty());
    }

    @Test
    void endsACallOnceItsTimeIsOverAndNotBefore() throws Exception {
        CompletableFuture<Long> endedAt = new CompletableFuture<>();
        CompletableFuture<Reason> why = new CompletableFuture<>();
        long begin = System.nanoTime();

        CallWatch.Call call = watch.watch(Duration.ofMillis(40), reason -> {
            endedAt.complete(System.nanoTime());
            why.complete(reason);
        });

        assertThat(why.get(30, TimeUnit.SECONDS)).isEqualTo(Reason.TIMEOUT);
        assertThat(endedAt.get() - begin).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(40));
        call.close();
    }

    @Test
    void endsACallWhoseThreadIsInterrupted() throws Exception {
        CompletableFuture<Reason> why = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            CallWatch.Call call = watch.watch(LONG, why::complete);
            // Waits as one does for a socket, without looking at the interrupt or clearing it.
            while (!why.isDone()) {
                Thread.onSpinWait();
            }
            call.close();
        });
        caller.setDaemon(true);
        caller.start();

        caller.interrupt();

        assertThat(why.get(30, TimeUnit.SECONDS)).isEqualTo(Reason.INTERRUPTED);
    }

    @Test
    void leavesACallAloneThatIsOver() {
        Queue<Reason> ended = new ConcurrentLinkedQueue<>();
        Queue<Reason> others = new ConcurrentLinkedQueue<>();
        CallWatch.Call other = watch.watch(Duration.ZERO, others::add);

        watch.watch(Duration.ZERO, ended::add).close();
        // A look that was under way at the close may still have ended it; the second look from here on begins after it.
        awaitTwoMore(others);
        ended.clear();
        awaitTwoMore(others);

        assertThat(ended).isEmpty();
        other.close();
    }

    private static void awaitTwoMore(Queue<Reason> endings) {
        int before = endings.size();
        await().atMost(LIMIT).until(() -> endings.size() >= before + 2);
    }

    @Test
    void endsACallAgainUntilItIsClosedForAnEndingMayComeTooEarly() {
        Queue<Reason> endings = new ConcurrentLinkedQueue<>();

        CallWatch.Call call = watch.watch(Duration.ZERO, endings::add);

        await().atMost(LIMIT).until(() -> endings.size() >= 3);
        call.close();
    }

    @Test
    void goesOnWithOtherCallsAfterADefectInOne() throws Exception {
        CompletableFuture<Reason> other = new CompletableFuture<>();

        CallWatch.Call defect = watch.watch(Duration.ZERO, reason -> {
            throw new IllegalStateException("cannot be ended");
        });
        CallWatch.Call call = watch.watch(Duration.ofMillis(50), other::complete);

        assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(Reason.TIMEOUT);
        defect.close();
        call.close();
    }

    @Test
    void goesOnWithOtherCallsAfterAnErrorInOne() throws Exception {
        CompletableFuture<Reason> other = new CompletableFuture<>();

        CallWatch.Call defect = watch.watch(Duration.ZERO, reason -> {
            throw new NoClassDefFoundError("of a client that is gone");
        });
        CallWatch.Call call = watch.watch(Duration.ofMillis(50), other::complete);

        assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(Reason.TIMEOUT);
        defect.close();
        call.close();
    }

    @Test
    void keepsItsPausesWhenItsThreadIsInterrupted() {
        Queue<Long> endings = new ConcurrentLinkedQueue<>();
        watch.watch(LONG, reason -> {}).close();
        thread().orElseThrow().interrupt();

        CallWatch.Call call = watch.watch(Duration.ZERO, reason -> endings.add(System.nanoTime()));
        await().until(() -> endings.size() >= 50);
        call.close();

        List<Long> readings = List.copyOf(endings);
        assertThat(readings.get(49) - readings.get(0)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(200));
    }

    @Test
    void sleepsWithoutCallsAndWakesForTheNextOne() throws Exception {
        CompletableFuture<Reason> why = new CompletableFuture<>();
        watch.watch(LONG, reason -> {}).close();
        await().atMost(LIMIT).until(() -> thread().map(Thread::getState).equals(Optional.of(Thread.State.WAITING)));

        CallWatch.Call call = watch.watch(Duration.ZERO, why::complete);

        assertThat(why.get(30, TimeUnit.SECONDS)).isEqualTo(Reason.TIMEOUT);
        call.close();
    }

    @Test
    void hasNoThreadBeforeTheFirstCallNorAfterItsClose() {
        assertThat(thread()).isEmpty();
        watch.watch(LONG, reason -> {}).close();
        assertThat(thread()).isPresent();

        watch.close();

        await().atMost(LIMIT).until(() -> thread().isEmpty());
    }

    private static Optional<Thread> thread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("mailrouter-watched-deadline"))
                .findAny();
    }
}
