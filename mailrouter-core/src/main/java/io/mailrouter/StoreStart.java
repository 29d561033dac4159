package io.mailrouter;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Lets the first sends of a service wait for a store that connects beside it: for 2 s from the beginning, all together. */
final class StoreStart {

    static final Duration AT_MOST = Duration.ofSeconds(2);

    private final Supplier<CompletionStage<Void>> begun;
    private final Time time;
    private final long since;
    private volatile boolean over;

    StoreStart(Supplier<CompletionStage<Void>> begun, Time time) {
        this.begun = begun;
        this.time = time;
        this.since = time.nanos();
    }

    /** Waits as long as a store may take of a send's time. Costs nothing once the store is known to be there, or not to be. */
    void await(Span span) {
        if (over) {
            return;
        }
        Duration left = AT_MOST.minus(time.since(since));
        if (left.isNegative() || left.isZero()) {
            over = true;
            return;
        }
        try {
            begun.get().toCompletableFuture().get(span.forStore(left).toNanos(), TimeUnit.NANOSECONDS);
            over = true;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException notYet) {
            // The call that follows finds out what the store says without a beginning.
        } catch (Throwable defect) {
            over = true;
        }
    }
}
