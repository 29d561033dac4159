package io.mailrouter.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Several attempts at once, of which the first that succeeds counts. */
final class Race {

    private Race() {}

    /** Returns the first result; fails with the last failure when all attempts have failed. */
    static <T> CompletableFuture<T> first(List<CompletableFuture<T>> attempts) {
        CompletableFuture<T> first = new CompletableFuture<>();
        AtomicInteger running = new AtomicInteger(attempts.size());
        for (CompletableFuture<T> attempt : attempts) {
            CompletableFuture<Boolean> unused = attempt.handle((result, failure) -> {
                if (failure == null) {
                    return first.complete(result);
                }
                return running.decrementAndGet() == 0 && first.completeExceptionally(failure);
            });
        }
        return first;
    }
}
