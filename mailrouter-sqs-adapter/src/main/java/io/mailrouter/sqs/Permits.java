package io.mailrouter.sqs;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/**
 * Leave to hold so many messages at a time, and no more than what the providers take soon. What is taken must be given
 * back on every way out.
 */
final class Permits {

    /** What the providers take changes without a word. */
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final IntSupplier bound;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int count;
    private int held;
    private boolean closed;

    Permits(int count) {
        this(count, () -> Integer.MAX_VALUE);
    }

    /**
     * Begins with none taken.
     *
     * @param bound how many may be held now by what the providers take; answers from memory
     */
    Permits(int count, IntSupplier bound) {
        this.count = count;
        this.bound = bound;
    }

    /** Waits for at least one and takes up to so many; returns 0 when closed or interrupted. */
    int acquire(int max) {
        lock.lock();
        try {
            int free = free();
            while (!closed && free <= 0) {
                changed.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
                free = free();
            }
            int taken = closed ? 0 : Math.min(max, free);
            held += taken;
            if (taken < free) {
                changed.signal();
            }
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** Takes one whether it is free or not, for a message that is there already. */
    void take() {
        lock.lock();
        try {
            held++;
        } finally {
            lock.unlock();
        }
    }

    void release(int permits) {
        if (permits == 0) {
            return;
        }
        lock.lock();
        try {
            held -= permits;
            // One poller mostly takes them all; what it leaves it lets the next one know of.
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Sets how many there are. Where more are taken, no others are until enough have come back. */
    void resize(int permits) {
        lock.lock();
        try {
            count = permits;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many may be taken now. */
    int free() {
        lock.lock();
        try {
            return held >= count ? 0 : Math.max(0, Math.min(count, bound.getAsInt()) - held);
        } finally {
            lock.unlock();
        }
    }

    /** Lets no more be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
