package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads that send, as many as the concurrency, and the messages that wait for one. */
final class Deliveries {

    private final ThreadPoolExecutor senders;

    Deliveries(int concurrency) {
        senders = new ThreadPoolExecutor(
                concurrency,
                concurrency,
                Duration.ofSeconds(30).toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                new SqsThreads("send"));
        senders.allowCoreThreadTimeOut(true);
    }

    /** Lets a message begin as soon as a thread is free. Returns false when none will be. */
    boolean begin(Turn turn) {
        try {
            senders.execute(turn);
            return true;
        } catch (RejectedExecutionException stopped) {
            return false;
        }
    }

    /** Gives back every message whose send has not begun. */
    void releaseWaiting(String code) {
        List<Runnable> waiting = new ArrayList<>();
        senders.getQueue().drainTo(waiting);
        for (Runnable task : waiting) {
            Turn turn = (Turn) task;
            if (!turn.lease().isProbe() || !begin(turn)) {
                turn.release(Duration.ZERO, code);
            }
        }
    }

    /** Takes no more. */
    void stop() {
        senders.shutdown();
    }

    /** Returns whether all sends have ended within the time, whatever interrupts come. */
    boolean await(Duration time) {
        return Patience.await(time, left -> senders.awaitTermination(left.toNanos(), TimeUnit.NANOSECONDS));
    }

    void interrupt() {
        senders.shutdownNow();
    }
}
