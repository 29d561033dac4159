package io.mailrouter.sqs;

import java.time.Duration;

/** Waits that an interrupt does not cut short: the flag is set again at their end. */
final class Patience {

    private Patience() {}

    /** Something that ends some day. */
    @FunctionalInterface
    interface End {
        /** Waits for it and returns whether it came within the time. */
        boolean within(Duration time) throws InterruptedException;
    }

    /** Waits for an end, for so long at most, and returns whether it came. */
    static boolean await(Duration time, End awaited) {
        long limit = System.nanoTime() + time.toNanos();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return awaited.within(Duration.ofNanos(Math.max(0, limit - System.nanoTime())));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for a thread to end, for so long at most, and returns whether it has. */
    static boolean await(Duration time, Thread thread) {
        return await(time, left -> {
            thread.join(Math.max(1, left.toMillis()));
            return !thread.isAlive();
        });
    }
}
