package io.mailrouter.sqs;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Leave to hold so many messages at a time. What is taken must be given back on every way out. */
final class Permits {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int free;
    private boolean closed;

    Permits(int count) {
        free = count;
    }

    /** Waits for at least one and takes up to so many; returns 0 when closed or interrupted. */
    int acquire(int max) {
        lock.lock();
        try {
            while (free == 0 && !closed) {
                changed.await();
            }
            int taken = closed ? 0 : Math.min(free, max);
            free -= taken;
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    void release(int count) {
        lock.lock();
        try {
            free += count;
            changed.signalAll();
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

    int free() {
        lock.lock();
        try {
            return free;
        } finally {
            lock.unlock();
        }
    }
}
