package io.mailrouter.smtp;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Does on threads of its own what nobody can cut short: looking a name up, and asking the user's supplier for a token.
 *
 * <p>Whoever waits for it goes on when its time is over; what hangs keeps its thread, and there are only so many. Safe
 * to share between threads.
 */
final class Aside implements AutoCloseable {

    private static final int KEEP_SECONDS = 10;

    private final ThreadPoolExecutor threads;

    /** @param most how many may be at it at once */
    Aside(String name, int most) {
        threads = new ThreadPoolExecutor(0, most, KEEP_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "mailrouter-" + name + "-aside");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Waits for some work to be done.
     *
     * @param late the code of the failure when it took longer than {@code patience}, or no thread was free for it
     */
    <T> T call(Watch watch, Duration patience, String late, Callable<T> work) throws IOException, InterruptedException {
        Future<T> result = begin(late, work);
        watch.over(() -> result.cancel(true));
        try {
            return result.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException | CancellationException e) {
            throw new RefusedHereException(late);
        } finally {
            result.cancel(true);
        }
    }

    private <T> Future<T> begin(String late, Callable<T> work) throws IOException {
        try {
            return threads.submit(work);
        } catch (RejectedExecutionException e) {
            throw new RefusedHereException(late);
        }
    }

    /** Interrupts what is under way. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
