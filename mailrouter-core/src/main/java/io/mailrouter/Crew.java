package io.mailrouter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs tasks on the threads of the send queue, as many at once as may be. The calling thread hands them out and waits
 * for the last. One that ends may leave others, which go first, for their time is running.
 */
final class Crew {

    /** Something to be done; whatever happens, one of its three ends comes. */
    interface Task {

        /** Does it, and returns what is left to do. */
        List<Task> run();

        /** Ends it before it began. */
        void refuse(String code, String reason);

        /** Ends it where nobody can tell how far it got. */
        void giveUp(String code, String reason);
    }

    private final SendQueue queue;
    private final InFlight inFlight;
    private final int atOnce;
    private final Deque<Task> waiting = new ArrayDeque<>();
    private final List<Task> running = new ArrayList<>();
    private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    private final Object handOver = new Object();
    private boolean left;

    private record Ended(Task task, List<Task> more) {}

    Crew(SendQueue queue, InFlight inFlight, int atOnce) {
        this.queue = queue;
        this.inFlight = inFlight;
        this.atOnce = atOnce;
    }

    /** Blocks until all have ended. After an interrupt it ends them without waiting, with the flag set. */
    void run(List<Task> tasks) {
        waiting.addAll(tasks);
        try {
            while (!waiting.isEmpty() || !running.isEmpty()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedException();
                }
                if (!waiting.isEmpty() && running.size() < atOnce) {
                    start(waiting.remove());
                } else {
                    note(ended.take());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            leave();
        }
    }

    private void note(Ended done) {
        running.remove(done.task);
        for (int i = done.more.size() - 1; i >= 0; i--) {
            waiting.addFirst(done.more.get(i));
        }
    }

    private void start(Task task) {
        running.add(task);
        try {
            inFlight.enter();
            CompletableFuture<List<Task>> unused = queue.add(task::run).whenComplete((more, failure) -> {
                if (failure != null) {
                    end(task, failure);
                } else if (!handedOver(new Ended(task, more))) {
                    finish(more);
                }
            });
        } catch (EmailServiceClosedException closed) {
            end(task, closed);
        } catch (RejectedExecutionException full) {
            runHere(task);
        }
    }

    /** A full queue is no reason not to send: this thread would only wait. */
    private void runHere(Task task) {
        try {
            ended.add(new Ended(task, task.run()));
        } catch (Throwable defect) {
            end(task, defect);
        }
    }

    private void end(Task task, Throwable failure) {
        if (failure instanceof EmailServiceClosedException) {
            task.refuse("closed", "the service was closed");
        } else {
            task.giveUp("defect", "the send ended with a " + failure.getClass().getSimpleName());
        }
        ended.add(new Ended(task, List.of()));
    }

    /** Says whether somebody is still there to go on with it. */
    private boolean handedOver(Ended done) {
        synchronized (handOver) {
            return !left && ended.add(done);
        }
    }

    private void leave() {
        synchronized (handOver) {
            left = true;
        }
        for (Ended done = ended.poll(); done != null; done = ended.poll()) {
            note(done);
        }
        waiting.forEach(task -> task.refuse("interrupted", "the calling thread was interrupted"));
        running.forEach(task -> task.giveUp("interrupted", "the calling thread was interrupted; the send goes on"));
    }

    /** Nobody waits any more, but what has begun must come to an end. */
    private static void finish(List<Task> tasks) {
        tasks.forEach(task -> finish(task.run()));
    }
}
