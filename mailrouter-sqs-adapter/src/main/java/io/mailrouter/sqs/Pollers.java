package io.mailrouter.sqs;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The threads that ask the queue: one while little comes, more while full batches come. */
final class Pollers {

    private final ThreadFactory threads;
    private final IntFunction<Runnable> pollers;
    private final @Nullable Thread[] alive;
    private final Set<Thread> replaced = new HashSet<>();
    private int most;
    private int wanted = 1;
    private boolean stopping;

    /**
     * Begins without any thread.
     *
     * @param pollers makes the poller of an index, from 0
     */
    Pollers(Settings settings, ThreadFactory threads, IntFunction<Runnable> pollers) {
        this.alive = new Thread[settings.maxPollers()];
        this.most = most(settings.capacity());
        this.threads = threads;
        this.pollers = pollers;
    }

    /** More than that would wait for permits only. */
    private int most(int capacity) {
        return Math.min(alive.length, (capacity + 9) / 10);
    }

    synchronized void start() {
        startMissing();
    }

    /** A full batch came: there may be more than one thread can fetch. */
    synchronized void grow() {
        wanted = most;
        startMissing();
    }

    /** Nothing came: one thread is enough. */
    synchronized void shrink() {
        wanted = 1;
    }

    /** Takes note that so many messages may be held from now on. */
    synchronized void resize(int capacity) {
        most = most(capacity);
        wanted = Math.min(wanted, most);
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

    /** Starts another poller in the place of one that does not come back. */
    synchronized void replace(int index) {
        Thread stuck = alive[index];
        if (stuck != null) {
            replaced.add(stuck);
            alive[index] = null;
        }
        startMissing();
    }

    /** Returns how many more may be replaced: each keeps a thread and a connection for as long as it hangs. */
    synchronized int replaceable() {
        replaced.removeIf(thread -> !thread.isAlive());
        return alive.length - replaced.size();
    }

    synchronized void stop() {
        stopping = true;
    }

    /** Waits for all pollers to end, no longer than that, whatever interrupts come. */
    void await(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (Thread thread : withReplaced()) {
            Patience.await(Duration.ofNanos(Math.max(0, end - System.nanoTime())), thread);
        }
    }

    private synchronized List<Thread> withReplaced() {
        return Stream.concat(living(), replaced.stream()).toList();
    }

    int count() {
        return (int) living().count();
    }

    private synchronized Stream<Thread> living() {
        return List.copyOf(Arrays.stream(alive).filter(Objects::nonNull).toList()).stream();
    }
}
