package io.mailrouter;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A world with a time of its own: nothing happens twice at once in it, so that one seed always tells one story.
 *
 * <p>Its threads hand one baton on. Who holds it runs, and does so in no time; who sleeps hands it to whatever is next,
 * and the clock jumps there. What is due at the same moment happens in the order in which it was planned.
 */
final class Simulation {

    private static final long START = 1_000_000;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Deque<Worker> idle = new ArrayDeque<>();
    private final Semaphore over = new Semaphore(0);
    private volatile long now = START;
    private long planned;
    private @Nullable Worker running;
    private @Nullable Throwable failure;
    private boolean ended;

    /** Something to begin, or somebody to wake. */
    private record Event(
            long at,
            long number,
            @Nullable Runnable task,
            @Nullable Worker sleeper) {}

    Time time() {
        return new Time(() -> VirtualTime.START.plusNanos(now), () -> now);
    }

    /** Returns how much time has passed. */
    Duration passed() {
        return Duration.ofNanos(now - START);
    }

    long passedNanos() {
        return now - START;
    }

    /** Plans something for a moment, counted from the beginning; one that has passed means now. */
    void at(long nanos, Runnable task) {
        events.add(new Event(Math.max(now, START + nanos), planned++, task, null));
    }

    /** Lets time pass for whoever calls, while others go on. */
    void sleep(Duration time) {
        Worker me = running;
        events.add(new Event(now + Math.max(0, time.toNanos()), planned++, null, me));
        Event next = next();
        if (next.sleeper != me) {
            start(next);
            me.awaitBaton();
        }
    }

    private Event next() {
        Event next = events.remove();
        now = next.at;
        return next;
    }

    private void start(Event event) {
        Worker worker = event.sleeper;
        if (worker == null) {
            worker = idle.isEmpty() ? new Worker() : idle.pop();
            worker.task = event.task;
        }
        running = worker;
        worker.baton.release();
    }

    /** Lets everything happen that is planned, and whatever follows from it. */
    void run() throws InterruptedException {
        if (!events.isEmpty()) {
            start(next());
            if (!over.tryAcquire(10, TimeUnit.MINUTES)) {
                throw new AssertionError("the simulation hangs after " + passed());
            }
        }
        ended = true;
        idle.forEach(worker -> worker.baton.release());
        if (failure != null) {
            throw new AssertionError("the simulation failed after " + passed(), failure);
        }
    }

    /** One of the threads. It begins one thing after the other, until somebody who slept is next. */
    private final class Worker {

        private final Semaphore baton = new Semaphore(0);
        private @Nullable Runnable task;

        Worker() {
            Thread thread = new Thread(this::work, "simulation");
            thread.setDaemon(true);
            thread.start();
        }

        private void awaitBaton() {
            baton.acquireUninterruptibly();
        }

        private void work() {
            awaitBaton();
            while (!ended) {
                runTask();
                if (failure != null || events.isEmpty()) {
                    idle.push(this);
                    over.release();
                    awaitBaton();
                } else {
                    Event next = next();
                    if (next.sleeper == null) {
                        task = next.task;
                    } else {
                        idle.push(this);
                        start(next);
                        awaitBaton();
                    }
                }
            }
        }

        private void runTask() {
            try {
                task.run();
            } catch (Throwable defect) {
                failure = defect;
            }
        }
    }
}
