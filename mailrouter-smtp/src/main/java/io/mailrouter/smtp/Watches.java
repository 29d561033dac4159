package io.mailrouter.smtp;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends attempts at their deadline, on an interrupt and at the close, by one thread that starts with the first attempt.
 *
 * <p>A thread that waits for a socket notices neither a deadline, since a peer that sends a byte now and then starts
 * each read's time-out anew, nor an interrupt. Safe to share between threads.
 */
final class Watches implements AutoCloseable {

    /** Looking at all attempts now and then wakes the thread less often than a timer for each would: twice a send. */
    private static final int PAUSE_MILLIS = 20;

    private final ScheduledThreadPoolExecutor timer;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean closed;

    Watches(String name) {
        timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "mailrouter-" + name + "-deadline");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins to watch an attempt of the calling thread. Close it.
     *
     * @throws RejectedExecutionException when closed
     */
    Watch begin(Duration remaining) {
        Watch watch = new Watch(Thread.currentThread(), System.nanoTime() + remaining.toNanos(), open::remove);
        open.add(watch);
        try {
            lookSoon();
        } catch (RejectedExecutionException e) {
            watch.close();
            throw e;
        }
        return watch;
    }

    private void lookSoon() {
        if (closed) {
            throw new RejectedExecutionException("closed");
        }
        if (looking.compareAndSet(false, true)) {
            Future<?> unused = timer.schedule(this::look, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Goes on only while there are attempts, so that a provider at rest costs nothing; and after a defect in one. */
    private void look() {
        try {
            open.forEach(Watch::look);
        } finally {
            looking.set(false);
            if (!open.isEmpty()) {
                lookSoon();
            }
        }
    }

    /** Does something short now and then, until the close. */
    void often(Duration pause, Runnable work) {
        Future<?> unused = timer.scheduleWithFixedDelay(work, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
        open.forEach(watch -> watch.end("closed"));
    }
}
