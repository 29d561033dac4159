package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The threads that ask the queue: one while little comes, more while full batches come. */
final class Pollers {

    private final ThreadFactory threads;
    private final IntFunction<Runnable> pollers;
    private final @Nullable Thread[] alive;
    private int wanted = 1;
    private boolean stopping;

    /**
     * Begins without any thread.
     *
     * @param pollers makes the poller of an index, from 0
     */
    Pollers(Settings settings, ThreadFactory threads, IntFunction<Runnable> pollers) {
        int needed = (settings.capacity() + 9) / 10;
        this.alive = new Thread[Math.min(settings.maxPollers(), needed)];
        this.threads = threads;
        this.pollers = pollers;
    }

    synchronized void start() {
        startMissing();
    }

    /** A full batch came: there may be more than one thread can fetch. */
    synchronized void grow() {
        wanted = alive.length;
        startMissing();
    }

    /** Nothing came: one thread is enough. */
    synchronized void shrink() {
        wanted = 1;
    }

    private void startMissing() {
        for (int i = 0; i < wanted && !stopping; i++) {
            if (alive[i] == null) {
                Thread thread = threads.newThread(pollers.apply(i));
                thread.start();
                // Only now, because a thread that could not be started would never be missed.
                alive[i] = thread;
            }
        }
    }

    /** Asked by a poller before each poll; with no for an answer it ends. */
    synchronized boolean wants(int index) {
        if (!stopping && index < wanted) {
            return true;
        }
        alive[index] = null;
        return false;
    }

    synchronized void stop() {
        stopping = true;
    }

    /** Waits for all pollers to end, no longer than that, whatever interrupts come. */
    void await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (Thread thread : living().toList()) {
            Patience.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())), thread);
        }
    }

    int count() {
        return (int) living().count();
    }

    private synchronized Stream<Thread> living() {
        return List.copyOf(Arrays.stream(alive).filter(Objects::nonNull).toList()).stream();
    }
}
