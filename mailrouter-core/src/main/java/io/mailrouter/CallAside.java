package io.mailrouter;

import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One call of a provider on another thread, which may outlast the attempt that it was made for. */
final class CallAside {

    static final GatedProvider.Answer NO_THREAD =
            new GatedProvider.Answer.PassedOver(Skipped.Reason.BUSY, "no thread was free", Optional.empty());

    private final Supplier<Outcome> call;
    private final Time time;
    private final long start;

    /** Whoever comes first takes the attempt: a call that waited too long for a thread must not begin any more. */
    private final AtomicBoolean taken = new AtomicBoolean();

    private final CompletableFuture<GatedProvider.Answer.Tried> end = new CompletableFuture<>();
    private volatile @Nullable Future<?> task;

    CallAside(Supplier<Outcome> call, Time time) {
        this.call = call;
        this.time = time;
        this.start = time.nanos();
    }

    /** Returns whether the call may have begun; where no thread can be had, the memory for one included, it never will. */
    boolean begin(ExecutorService executor) {
        try {
            task = executor.submit(this::run);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            return !taken.compareAndSet(false, true);
        }
    }

    private void run() {
        if (!taken.compareAndSet(false, true)) {
            return;
        }
        GatedProvider.Answer.Tried tried = new GatedProvider.Answer.Tried(call.get(), time.since(start));
        boolean interrupted = Thread.interrupted(); // It was meant for the call, not for whoever settles its end.
        try {
            end.complete(tried);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns how the call ended, or within the time given that it goes on. */
    GatedProvider.Answer await(Duration remaining) {
        try {
            return end.get(remaining.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return goesOn(new Outcome.Unknown("deadline_pending", "no answer within the deadline; the call goes on"));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            GatedProvider.Answer answer =
                    goesOn(new Outcome.Unknown("interrupted", "the sending thread was interrupted"));
            cancel();
            return answer;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a call ends with an outcome", impossible);
        }
    }

    private GatedProvider.Answer goesOn(Outcome outcome) {
        return taken.compareAndSet(false, true)
                ? NO_THREAD
                : new GatedProvider.Answer.Tried(outcome, time.since(start), Optional.of(end));
    }

    /** Interrupts the call. Its end is still heard of. */
    void cancel() {
        Future<?> begun = task;
        if (begun != null) {
            begun.cancel(true);
        }
    }
}
