package io.mailrouter;

import io.mailrouter.event.SendTracer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Sends that nobody waits for, in turn: at most as many at once as one provider may have under way, so that a burst does
 * not spill over to a provider that only stands by, and a bounded number waiting, so that it does not fill the heap.
 */
final class SendQueue {

    private final ExecutorService executor;
    private final InFlight inFlight;
    private final Semaphore turn;
    private final Semaphore room;
    private final SendTracer tracer;
    private volatile boolean cutOff;

    SendQueue(ExecutorService executor, InFlight inFlight, int atOnce, int maxWaiting, SendTracer tracer) {
        this.executor = executor;
        this.inFlight = inFlight;
        this.turn = new Semaphore(atOnce);
        this.room = new Semaphore(atOnce + maxWaiting);
        this.tracer = tracer;
    }

    /** Takes over a send that has entered, and sees to it that it leaves, whatever happens. */
    <T> CompletableFuture<T> add(Supplier<T> work) {
        if (!room.tryAcquire()) {
            inFlight.leave();
            throw new RejectedExecutionException("as many sends wait as may: nothing was sent");
        }
        Waiting<T> send = new Waiting<>(work);
        try {
            executor.execute(send);
        } catch (RejectedExecutionException full) {
            send.end();
            throw full;
        } catch (OutOfMemoryError noThread) {
            send.end();
            throw new RejectedExecutionException("no thread can be had: nothing was sent", noThread);
        }
        return send.result;
    }

    /** From now on no send begins: whoever gets his turn as others are interrupted would only be interrupted next. */
    void cutOff() {
        cutOff = true;
    }

    /** Ends unsent what an executor had not begun; whoever waits for it must not wait for ever. */
    static void refuse(List<Runnable> notBegun) {
        for (Runnable task : notBegun) {
            if (task instanceof Waiting<?> send) {
                send.refuse();
            }
        }
    }

    private final class Waiting<T> implements Runnable {

        private final Supplier<T> work;
        private final Supplier<SendTracer.Scope> from = tracer.here();
        private final CompletableFuture<T> result = new CompletableFuture<>();

        Waiting(Supplier<T> work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                turn.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse();
                return;
            }
            if (cutOff) {
                turn.release();
                refuse();
                return;
            }
            try {
                result.complete(within());
            } catch (Throwable defect) {
                result.completeExceptionally(defect);
            } finally {
                turn.release();
                end();
            }
        }

        /** Runs as a part of what its caller was doing. */
        private T within() {
            SendTracer.Scope scope = from.get();
            try {
                return work.get();
            } finally {
                scope.close();
            }
        }

        void refuse() {
            result.completeExceptionally(new EmailServiceClosedException());
            end();
        }

        void end() {
            room.release();
            inFlight.leave();
        }
    }
}
