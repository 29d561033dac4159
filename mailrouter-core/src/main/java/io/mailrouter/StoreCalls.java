package io.mailrouter;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one store, and has an answer or a {@link StoreUnavailableException} within the time, whatever the store does.
 *
 * <p>A store that keeps the time itself is asked on the caller's thread, any other on the executor. Few calls at once may
 * be under way there, so that a store that hangs holds few threads and, soon, no caller.
 */
final class StoreCalls {

    static final int AT_ONCE = 32;

    private final ExecutorService executor;
    private final Semaphore places = new Semaphore(AT_ONCE);
    private volatile boolean up = true;

    StoreCalls(ExecutorService executor) {
        this.executor = executor;
    }

    <T> T call(boolean keepsTime, Duration within, Supplier<T> call) {
        try {
            T answer = answered(keepsTime ? here(call) : aside(within, call));
            up = true;
            return answer;
        } catch (StoreUnavailableException failure) {
            failed();
            throw failure;
        }
    }

    /** A thread that did not wait for the answer says nothing about the store. */
    private void failed() {
        up = up && Thread.currentThread().isInterrupted();
    }

    /**
     * Asks without waiting for the answer, except of a store that cannot but let the caller wait.
     *
     * @return ends within the time, with the answer or a {@link StoreUnavailableException}
     */
    <T> CompletableFuture<T> ask(boolean keepsTime, Duration within, Supplier<? extends CompletionStage<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            CompletionStage<T> stage = answered(keepsTime ? here(call) : aside(within, call));
            CompletionStage<T> unused = stage.whenComplete((value, failure) -> end(answer, value, failure));
        } catch (StoreUnavailableException failure) {
            answer.completeExceptionally(failure);
        }
        return answer.orTimeout(within.toNanos(), TimeUnit.NANOSECONDS).handle((value, failure) -> {
            up = failure == null;
            if (failure == null) {
                return value;
            }
            throw failure instanceof StoreUnavailableException told
                    ? told
                    : new StoreUnavailableException("did not answer within " + within);
        });
    }

    private static <T> void end(CompletableFuture<T> answer, @Nullable T value, @Nullable Throwable failure) {
        if (value != null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(
                    failure == null ? new StoreUnavailableException("returned null") : unavailable(failure));
        }
    }

    /** Says whether the store answered when it was last asked; true before the first time. */
    boolean isUp() {
        return up;
    }

    private static <T> T answered(@Nullable T answer) {
        if (answer == null) {
            throw new StoreUnavailableException("returned null");
        }
        return answer;
    }

    private static <T> @Nullable T here(Supplier<T> call) {
        try {
            return call.get();
        } catch (Throwable failure) {
            throw unavailable(failure);
        }
    }

    private <T> @Nullable T aside(Duration within, Supplier<T> call) {
        long end = System.nanoTime() + within.toNanos();
        acquire(within);
        AtomicBoolean begun = new AtomicBoolean();
        Future<T> task = submit(call, begun);
        try {
            return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            giveUp(task, begun);
            throw new StoreUnavailableException("did not answer within " + within);
        } catch (InterruptedException stop) {
            giveUp(task, begun);
            throw interrupted();
        } catch (ExecutionException | CancellationException e) {
            throw unavailable(e.getCause());
        }
    }

    private void acquire(Duration within) {
        boolean free;
        try {
            free = places.tryAcquire(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stop) {
            throw interrupted();
        }
        if (!free) {
            throw new StoreUnavailableException("was not asked: " + AT_ONCE + " calls are under way", false);
        }
    }

    private static StoreUnavailableException interrupted() {
        Thread.currentThread().interrupt();
        return new StoreUnavailableException("was not waited for: the thread was interrupted");
    }

    private <T> Future<T> submit(Supplier<T> call, AtomicBoolean begun) {
        try {
            return executor.submit(() -> {
                if (!begun.compareAndSet(false, true)) {
                    throw new CancellationException();
                }
                try {
                    return call.get();
                } finally {
                    places.release();
                }
            });
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            places.release();
            throw new StoreUnavailableException("was not asked: no thread was free", false);
        }
    }

    /** A call that has not begun must not begin any more; one that has keeps its place until it ends. */
    private void giveUp(Future<?> task, AtomicBoolean begun) {
        if (begun.compareAndSet(false, true)) {
            places.release();
        }
        task.cancel(true);
    }

    private static StoreUnavailableException unavailable(@Nullable Throwable failure) {
        if (failure instanceof StoreUnavailableException told) {
            return told;
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new StoreUnavailableException(
                cause == null ? "failed" : "threw " + cause.getClass().getSimpleName());
    }
}
