package io.mailrouter.sqs;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;

/** The threads that ask the queue: one while little comes, more while full batches come. */
final class Pollers {

    private final ThreadFactory threads = new SqsThreads("poll");
    private final IntFunction<Poller> pollers;
    private final boolean[] alive;
    private int wanted = 1;
    private boolean stopping;

    /**
     * Begins without any thread.
     *
     * @param pollers makes the poller of an index, from 0
     */
    Pollers(Settings settings, IntFunction<Poller> pollers) {
        int needed = (settings.capacity() + 9) / 10;
        this.alive = new boolean[Math.min(settings.maxPollers(), needed)];
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
            if (!alive[i]) {
                alive[i] = true;
                threads.newThread(pollers.apply(i)).start();
            }
        }
    }

    /** Asked by a poller before each poll; with no for an answer it ends. */
    synchronized boolean wants(int index) {
        if (!stopping && index < wanted) {
            return true;
        }
        alive[index] = false;
        notifyAll();
        return false;
    }

    synchronized void stop() {
        stopping = true;
    }

    /** Returns whether all pollers have ended within the time. */
    synchronized boolean await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            while (count() > 0) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    synchronized int count() {
        int count = 0;
        for (boolean one : alive) {
            count += one ? 1 : 0;
        }
        return count;
    }
}
