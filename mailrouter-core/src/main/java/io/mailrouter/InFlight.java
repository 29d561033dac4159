package io.mailrouter;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the sends under way, lets no more in once it is closed, and waits for the last. */
final class InFlight {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();
    private int count;
    private boolean closed;

    void enter() {
        lock.lock();
        try {
            if (closed) {
                throw new EmailServiceClosedException();
            }
            count++;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            if (--count == 0) {
                empty.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether this call closed it. */
    boolean close() {
        lock.lock();
        try {
            boolean first = !closed;
            closed = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many sends are still under way when the last has left or the time is over. */
    int await(Duration time) {
        long left = time.toNanos();
        lock.lock();
        try {
            while (count > 0 && left > 0) {
                left = empty.awaitNanos(left);
            }
            return count;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return count;
        } finally {
            lock.unlock();
        }
    }
}
