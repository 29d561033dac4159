package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads that send, as many as the concurrency, and the messages that wait for one. */
final class Deliveries {

    private final ThreadPoolExecutor senders;

    Deliveries(ThreadPoolExecutor senders) {
        this.senders = senders;
    }

    /** Makes threads as many as may send at a time, which end while there is nothing to send. */
    static ThreadPoolExecutor threads(int concurrency) {
        ThreadPoolExecutor senders = new ThreadPoolExecutor(
                concurrency,
                concurrency,
                Duration.ofSeconds(30).toMillis(),
                TimeUnit.MILLISECONDS,
                new SendQueue(),
                new SqsThreads("send"));
        senders.allowCoreThreadTimeOut(true);
        return senders;
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

    /** Sets how many may be sent at a time; sends under way go on. */
    void resize(int concurrency) {
        // In this order, because there may never be fewer at most than at least.
        if (concurrency > senders.getMaximumPoolSize()) {
            senders.setMaximumPoolSize(concurrency);
            senders.setCorePoolSize(concurrency);
        } else {
            senders.setCorePoolSize(concurrency);
            senders.setMaximumPoolSize(concurrency);
        }
    }

    /** Returns how many are sent at a time at most. */
    int concurrency() {
        return senders.getMaximumPoolSize();
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
