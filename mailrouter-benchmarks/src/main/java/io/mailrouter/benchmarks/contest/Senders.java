package io.mailrouter.benchmarks.contest;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that send one email after the other, all at the same time. */
public final class Senders {

    private Senders() {}

    /** Sends one email and returns when it has been accepted. What it throws ends the benchmark. */
    @FunctionalInterface
    public interface Sending {
        void send() throws Exception;
    }

    /** Lets so many senders send for so long, and returns what that took and how many emails they sent together. */
    public static Turn turn(int senders, Duration time, Sending sending) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(senders);
        try {
            return Turn.of(() -> {
                long end = System.nanoTime() + time.toNanos();
                Callable<Long> sender = () -> until(end, sending);
                return sum(threads.invokeAll(Collections.nCopies(senders, sender)));
            });
        } finally {
            threads.shutdownNow();
        }
    }

    private static long until(long end, Sending sending) throws Exception {
        long sent = 0;
        while (System.nanoTime() - end < 0) {
            sending.send();
            sent++;
        }
        return sent;
    }

    private static long sum(List<Future<Long>> counts) throws Exception {
        long sum = 0;
        for (Future<Long> count : counts) {
            sum += count.get();
        }
        return sum;
    }
}
