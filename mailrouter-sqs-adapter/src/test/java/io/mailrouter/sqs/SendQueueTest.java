package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SendQueueTest {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final Duration TICK = Duration.ofMillis(2);

    private final SendQueue queue = new SendQueue();
    private final Queue<String> takers = new ConcurrentLinkedQueue<>();

    /** Starts a thread that takes one task, and returns once it sleeps. */
    private Thread sleeper(String name) {
        Thread thread = new Thread(
                () -> {
                    try {
                        queue.take();
                        takers.add(name);
                    } catch (InterruptedException e) {
                        takers.add(name + " interrupted");
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        await().atMost(LONG).pollInterval(TICK).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        return thread;
    }

    @Test
    void handsOutInOrder() throws InterruptedException {
        List<Runnable> tasks = IntStream.range(0, 3)
                .<Runnable>mapToObj(i -> () -> takers.add("task " + i))
                .toList();
        queue.addAll(tasks);

        assertThat(queue).hasSize(3).containsExactlyElementsOf(tasks);
        assertThat(queue.peek()).isSameAs(tasks.get(0));
        assertThat(queue.take()).isSameAs(tasks.get(0));
        assertThat(queue.poll()).isSameAs(tasks.get(1));
        List<Runnable> rest = new ArrayList<>();
        assertThat(queue.drainTo(rest)).isEqualTo(1);
        assertThat(rest).containsExactly(tasks.get(2));
        assertThat(queue).isEmpty();
        assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void wakesTheThreadThatFellAsleepLastSoThatTheOthersMayEnd() {
        Thread first = sleeper("first");
        sleeper("second");

        queue.put(() -> {});

        await().atMost(LONG).until(() -> !takers.isEmpty());
        assertThat(takers).containsExactly("second");
        first.interrupt();
        await().atMost(LONG).until(() -> takers.contains("first interrupted"));
    }

    @RepeatedTest(20)
    void whatAnInterruptedThreadWasWokenForIsTakenByAnother() {
        Thread first = sleeper("first");
        Thread second = sleeper("second");

        second.interrupt();
        queue.put(() -> {});

        await().atMost(LONG).pollInterval(TICK).until(() -> takers.contains("first") || takers.contains("second"));
        first.interrupt();
    }

    @Test
    void letsAllThreadsRunWhileEachOneIsBusy() throws InterruptedException {
        int threads = 16;
        ThreadPoolExecutor pool = pool(threads);
        pool.prestartAllCoreThreads();
        CyclicBarrier allAtOnce = new CyclicBarrier(threads);
        CountDownLatch done = new CountDownLatch(threads);

        for (int i = 0; i < threads; i++) {
            pool.execute(() -> {
                try {
                    allAtOnce.await(LONG.toSeconds(), TimeUnit.SECONDS);
                    done.countDown();
                } catch (Exception e) {
                    takers.add("alone: " + e);
                }
            });
        }

        assertThat(done.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .as("%s", takers)
                .isTrue();
        pool.shutdown();
        assertThat(pool.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void runsEachTaskOnceWhoeverComesGoesAndIsInterruptedMeanwhile() throws InterruptedException {
        int producers = 4;
        int each = 5_000;
        ThreadPoolExecutor pool = pool(8);
        AtomicInteger ran = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch produced = new CountDownLatch(producers);
        Thread unrest = new Thread(() -> {
            while (!over.get()) {
                // Interrupts those that sleep, as a change of the pool's size does.
                pool.setCorePoolSize(7);
                pool.setCorePoolSize(8);
            }
        });
        unrest.setDaemon(true);
        unrest.start();

        for (int p = 0; p < producers; p++) {
            LocalSqs.THREADS.execute(() -> {
                for (int i = 0; i < each; i++) {
                    pool.execute(ran::incrementAndGet);
                }
                produced.countDown();
            });
        }

        assertThat(produced.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        await().atMost(LONG).until(() -> ran.get() >= producers * each);
        over.set(true);
        pool.shutdown();
        assertThat(pool.awaitTermination(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(ran).hasValue(producers * each);
    }

    private ThreadPoolExecutor pool(int threads) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(threads, threads, 1, TimeUnit.SECONDS, queue, new SqsThreads("test"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
