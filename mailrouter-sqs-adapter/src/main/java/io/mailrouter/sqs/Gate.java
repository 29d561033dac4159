package io.mailrouter.sqs;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets pollers through while some provider is usable, else one of them now and then with one message as a probe, so
 * that an outage does not wear out the messages of the queue.
 */
final class Gate {

    enum Pass {
        /** Ask for as many messages as may be held. */
        OPEN,
        /** Ask for one message, and say afterwards that the probe has ended. */
        PROBE,
        /** Ask for nothing yet. */
        NOT_YET,
        /** Ask no more. */
        CLOSED
    }

    private final Duration probeEvery;
    private final Availability availability;
    private final Surroundings around;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean paused;
    private boolean probing;
    private boolean closed;
    private long nextProbe;

    Gate(Duration probeEvery, Availability availability, Surroundings around) {
        this.probeEvery = probeEvery;
        this.availability = availability;
        this.around = around;
    }

    /** Waits until messages may be asked for, and says how. */
    Pass enter() {
        lock.lock();
        try {
            Pass pass = tryEnter();
            while (pass == Pass.NOT_YET) {
                changed.await(
                        Math.max(nextProbe - around.nanos(), TimeUnit.MILLISECONDS.toNanos(50)), TimeUnit.NANOSECONDS);
                pass = tryEnter();
            }
            return pass;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Pass.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    /** Says, without waiting, whether and how messages may be asked for. */
    Pass tryEnter() {
        lock.lock();
        try {
            if (closed) {
                return Pass.CLOSED;
            }
            if (!paused) {
                return Pass.OPEN;
            }
            if (probing || nextProbe - around.nanos() > 0) {
                return Pass.NOT_YET;
            }
            if (availability.worthATry()) {
                probing = true;
                return Pass.PROBE;
            }
            putOff();
            return Pass.NOT_YET;
        } finally {
            lock.unlock();
        }
    }

    /** A provider that pauses for less than the interval is not kept waiting for the rest of it. */
    private void putOff() {
        long wait = availability.nextReturn().map(Duration::toNanos).orElse(Long.MAX_VALUE);
        nextProbe = around.nanos() + Math.min(wait, probeEvery.toNanos());
    }

    /** Pauses, or puts the next probe off. Returns whether it was open before. */
    boolean pause() {
        lock.lock();
        try {
            boolean wasOpen = !paused;
            paused = true;
            putOff();
            return wasOpen;
        } finally {
            lock.unlock();
        }
    }

    /** Opens. Returns whether it was paused before. */
    boolean resume() {
        // Asked after every email that is accepted, by all threads at once.
        if (!paused) {
            return false;
        }
        lock.lock();
        try {
            boolean wasPaused = paused;
            paused = false;
            probing = false;
            changed.signalAll();
            return wasPaused;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Notes that the probe is over.
     *
     * @param again whether it showed nothing, so that the next one is due at once
     */
    void probeEnded(boolean again) {
        lock.lock();
        try {
            probing = false;
            if (!again) {
                putOff();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isPaused() {
        return paused;
    }
}
