package io.mailrouter.benchmarks.sending;

import io.mailrouter.benchmarks.contest.SenderThreads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that each send one letter after the other for some time. Used by one thread, many times. */
final class Senders implements AutoCloseable {

    /** What one sender does until its time is over. Returns how many letters were taken. */
    private interface Loop {
        long until(long endNanos) throws Exception;
    }

    private final Sending sending;
    private final ExecutorService threads = SenderThreads.open();
    private final AtomicInteger numbers = new AtomicInteger();

    Senders(Sending sending) {
        this.sending = sending;
    }

    /** Sends and returns how many letters were taken, which are all: whoever measures a rate wants no failure. */
    long send(int senders, long millis, Letter letter) throws Exception {
        return together(senders, millis, end -> {
            long sent = 0;
            do {
                sending.send(letter.numbered(numbers.getAndIncrement()));
                sent++;
            } while (end - System.nanoTime() > 0);
            return sent;
        });
    }

    /** Sends and notes what came of each letter. */
    Watched watch(int senders, long millis, Letter letter) throws Exception {
        long begin = System.nanoTime();
        List<Watched> each = Collections.synchronizedList(new ArrayList<>());
        together(senders, millis, end -> {
            Watched own = new Watched();
            do {
                own.note(() -> sending.send(letter.numbered(numbers.getAndIncrement())));
            } while (end - System.nanoTime() > 0);
            each.add(own);
            return own.accepted();
        });
        return Watched.together(each, System.nanoTime() - begin);
    }

    private long together(int senders, long millis, Loop loop) throws Exception {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        Callable<Long> one = () -> loop.until(end);
        long sent = 0;
        for (Future<Long> each : threads.invokeAll(Collections.nCopies(senders, one))) {
            sent += each.get();
        }
        return sent;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        sending.close();
    }
}
