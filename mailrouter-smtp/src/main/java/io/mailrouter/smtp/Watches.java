package io.mailrouter.smtp;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Ends attempts at their deadline, on an interrupt and at the close, by one thread that starts with the first attempt.
 *
 * <p>A thread that waits for a socket notices neither a deadline, since a peer that sends a byte now and then starts
 * each read's time-out anew, nor an interrupt. Safe to share between threads.
 */
final class Watches implements AutoCloseable {

    private static final int INTERRUPT_CHECK_MILLIS = 50;

    private final ScheduledThreadPoolExecutor timer;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();

    Watches(String name) {
        timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "mailrouter-" + name + "-deadline");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * Begins to watch an attempt of the calling thread. Close it.
     *
     * @throws java.util.concurrent.RejectedExecutionException when closed
     */
    Watch begin(Duration remaining) {
        Thread caller = Thread.currentThread();
        Watch watch = new Watch(open::remove);
        open.add(watch);
        try {
            watch.with(timer.schedule(() -> watch.end("timeout"), remaining.toNanos(), TimeUnit.NANOSECONDS));
            watch.with(timer.scheduleWithFixedDelay(
                    () -> {
                        if (caller.isInterrupted()) {
                            watch.end("interrupted");
                        }
                    },
                    INTERRUPT_CHECK_MILLIS,
                    INTERRUPT_CHECK_MILLIS,
                    TimeUnit.MILLISECONDS));
        } catch (RuntimeException e) {
            watch.close();
            throw e;
        }
        return watch;
    }

    /** Does something short now and then, until the close. */
    void often(Duration pause, Runnable work) {
        Future<?> unused = timer.scheduleWithFixedDelay(work, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        timer.shutdownNow();
        open.forEach(watch -> watch.end("closed"));
    }
}
