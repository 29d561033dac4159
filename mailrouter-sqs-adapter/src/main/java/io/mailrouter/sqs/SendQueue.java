package io.mailrouter.sqs;

import java.util.AbstractQueue;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a thread to run it, without bound. It wakes one sleeping thread at a time, the one that fell asleep
 * last, and the next only once that one is awake and there is still something left.
 *
 * <p>Messages come ten at a time. Where a send takes long, all threads that are needed are awake within a millisecond;
 * where it does not, a few threads do everything, and nobody is woken for a message that is gone before it looks.
 */
final class SendQueue extends AbstractQueue<Runnable> implements BlockingQueue<Runnable> {

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Deque<Sleeper> sleepers = new ArrayDeque<>();
    private boolean waking;

    /** A thread that waits for something to do. */
    private static final class Sleeper {

        final Condition called;
        boolean isCalled;

        Sleeper(Condition called) {
            this.called = called;
        }
    }

    @Override
    public boolean offer(Runnable task) {
        lock.lock();
        try {
            tasks.addLast(task);
            wake();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        if (!waking && !tasks.isEmpty() && !sleepers.isEmpty()) {
            Sleeper sleeper = sleepers.pop();
            waking = true;
            sleeper.isCalled = true;
            sleeper.called.signal();
        }
    }

    @Override
    public @Nullable Runnable poll(long time, TimeUnit unit) throws InterruptedException {
        long left = unit.toNanos(time);
        lock.lockInterruptibly();
        try {
            while (tasks.isEmpty()) {
                if (left <= 0) {
                    return null;
                }
                Sleeper sleeper = new Sleeper(lock.newCondition());
                sleepers.push(sleeper);
                try {
                    left = sleeper.called.awaitNanos(left);
                } catch (InterruptedException e) {
                    // It may have been called as well, and what it was called for is not lost.
                    awake(sleeper);
                    wake();
                    throw e;
                }
                awake(sleeper);
            }
            return next();
        } finally {
            lock.unlock();
        }
    }

    private void awake(Sleeper sleeper) {
        if (sleeper.isCalled) {
            waking = false;
        } else {
            sleepers.remove(sleeper);
        }
    }

    private @Nullable Runnable next() {
        Runnable task = tasks.pollFirst();
        wake();
        return task;
    }

    @Override
    public Runnable take() throws InterruptedException {
        while (true) {
            Runnable task = poll(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
            if (task != null) {
                return task;
            }
        }
    }

    @Override
    public @Nullable Runnable poll() {
        lock.lock();
        try {
            return next();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Runnable peek() {
        lock.lock();
        try {
            return tasks.peekFirst();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void put(Runnable task) {
        offer(task);
    }

    @Override
    public boolean offer(Runnable task, long time, TimeUnit unit) {
        return offer(task);
    }

    @Override
    public int remainingCapacity() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int drainTo(Collection<? super Runnable> to) {
        return drainTo(to, Integer.MAX_VALUE);
    }

    @Override
    public int drainTo(Collection<? super Runnable> to, int most) {
        lock.lock();
        try {
            int taken = 0;
            while (taken < most && !tasks.isEmpty()) {
                to.add(tasks.removeFirst());
                taken++;
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean remove(Object task) {
        lock.lock();
        try {
            return tasks.remove(task);
        } finally {
            lock.unlock();
        }
    }

    /** Returns an iterator over what waits now; it removes nothing. */
    @Override
    public Iterator<Runnable> iterator() {
        lock.lock();
        try {
            return List.copyOf(tasks).iterator();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int size() {
        lock.lock();
        try {
            return tasks.size();
        } finally {
            lock.unlock();
        }
    }
}
