package io.mailrouter.redis;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Ends the pause between two exchanges early. Safe to share between threads; one of them waits.
 *
 * <p>Whoever rings has noted before what is to be exchanged, so that a ring between two pauses may be forgotten.
 */
final class Alarm {

    /** All nodes hear a hint at once, and none of them is to come at once. */
    static final Duration SPREAD = Duration.ofMillis(100);

    /** However many hints come, exchanges keep this distance. */
    static final Duration REST = Duration.ofMillis(250);

    private final RandomGenerator random;
    private final Semaphore wake = new Semaphore(0);
    private volatile boolean rung;
    private volatile boolean hinted;

    Alarm(RandomGenerator random) {
        this.random = random;
    }

    /** Ends the pause now. */
    void ring() {
        rung = true;
        wake.release();
    }

    /** Ends the pause soon: within 100 ms, but not before it has lasted 250 ms. */
    void hint() {
        if (!hinted) {
            hinted = true;
            wake.release();
        }
    }

    /** Waits for the length of a pause at most. */
    void await(Duration pause) throws InterruptedException {
        long began = System.nanoTime();
        long length = pause.toNanos();
        while (!rung && wake.tryAcquire(length - (System.nanoTime() - began), TimeUnit.NANOSECONDS)) {
            wake.drainPermits();
            if (hinted) {
                long passed = Math.max(System.nanoTime() - began, REST.toNanos());
                length = Math.min(length, passed + (long) (SPREAD.toNanos() * random.nextDouble()));
            }
        }
        wake.drainPermits();
        rung = false;
        hinted = false;
    }
}
