package io.mailrouter.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what other threads are about to do, without a library for it that users would have to agree upon. */
final class Eventually {

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(20);

    private Eventually() {}

    static void holds(String what, BooleanSupplier condition) {
        holds(() -> what, condition);
    }

    /** Asks for the words only when it was in vain, so that they can tell how it stood then. */
    static void holds(Supplier<String> what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > LIMIT || Thread.currentThread().isInterrupted()) {
                throw new AssertionError("waited in vain: " + what.get());
            }
            LockSupport.parkNanos(STEP);
        }
    }
}
