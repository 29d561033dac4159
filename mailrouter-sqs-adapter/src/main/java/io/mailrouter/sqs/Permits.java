package io.mailrouter.sqs;

import java.util.concurrent.Semaphore;

/** Leave to hold so many messages at a time. What is taken must be given back on every way out. */
final class Permits {

    private final Semaphore free;
    private volatile boolean closed;

    Permits(int count) {
        free = new Semaphore(count);
    }

    /** Waits for at least one and takes up to so many; returns 0 when closed or interrupted. */
    int acquire(int max) {
        try {
            free.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
        int taken = 1;
        while (taken < max && free.tryAcquire()) {
            taken++;
        }
        if (closed) {
            // What was taken goes to the next that waits, so that all of them come to know.
            free.release(taken);
            return 0;
        }
        return taken;
    }

    void release(int count) {
        free.release(count);
    }

    /** Returns how many may be taken now. */
    int free() {
        return free.availablePermits();
    }

    /** Lets no more be taken. */
    void close() {
        closed = true;
        free.release();
    }
}
