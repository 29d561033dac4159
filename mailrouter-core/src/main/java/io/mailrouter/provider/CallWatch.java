package io.mailrouter.provider;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends calls whose time is over or whose thread was interrupted, for providers that keep the deadline themselves: a thread
 * that waits for a socket notices neither.
 *
 * <p>Safe to share between threads. One daemon thread looks at all calls under way every 10 ms, so that a call costs next
 * to nothing where a timer of its own would cost it a switch between threads. It starts with the first call, sleeps
 * while there are none, and ends when this is closed.
 */
public final class CallWatch implements AutoCloseable {

    /** Why a call was ended. */
    public enum Reason {
        /** Its time was over. */
        TIMEOUT,
        /** The thread that makes it was interrupted. */
        INTERRUPTED
    }

    private static final Logger log = LoggerFactory.getLogger(CallWatch.class);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Calls come one after the other: going to sleep between two of them would cost the second one a wake-up. */
    private static final int PAUSES_BEFORE_SLEEP = 100;

    /** A time further away than this is none. */
    private static final long MAX_NANOS = TimeUnit.DAYS.toNanos(365);

    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final String threadName;
    private volatile Optional<Thread> thread = Optional.empty();
    private volatile boolean asleep;
    private volatile boolean closed;

    /**
     * Returns one that has no thread yet.
     *
     * @param provider the provider's name, which the thread's name holds
     */
    public CallWatch(String provider) {
        threadName = "mailrouter-" + provider + "-deadline";
    }

    /**
     * Watches a call that the current thread is about to make.
     *
     * @param end ends the call; called on the watching thread, so that it must not block, at most 10 ms after the call's
     *     time is over or its thread was interrupted, and again every 10 ms until the call is closed. It may still be
     *     running when that returns
     */
    public Call watch(Duration remaining, Consumer<Reason> end) {
        Call call = new Call(remaining, end);
        if (thread.isEmpty()) {
            start();
        }
        calls.add(call);
        if (asleep) {
            thread.ifPresent(LockSupport::unpark);
        }
        return call;
    }

    private synchronized void start() {
        if (thread.isEmpty() && !closed) {
            Thread started = new Thread(this::look, threadName);
            started.setDaemon(true);
            started.start();
            thread = Optional.of(started);
        }
    }

    private void look() {
        int pauses = 0;
        while (!closed) {
            pauses = lookAtAll() ? 0 : pauses + 1;
            if (pauses < PAUSES_BEFORE_SLEEP) {
                LockSupport.parkNanos(this, PAUSE_NANOS);
            } else {
                sleep();
                pauses = 0;
            }
            // Nobody has a reason to interrupt this thread; with the flag set it would never pause again.
            Thread.interrupted();
        }
    }

    /** Whoever adds a call after the last look sees that this is asleep, and wakes it. */
    private void sleep() {
        asleep = true;
        if (!lookAtAll() && !closed) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    private boolean lookAtAll() {
        boolean any = false;
        long now = System.nanoTime();
        for (Call call : calls) {
            any = true;
            call.look(now);
        }
        return any;
    }

    /** Ends the thread. Calls under way are watched no longer. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            thread.ifPresent(LockSupport::unpark);
        }
    }

    /** A call under way. Close it as soon as it is over, however it went. */
    public final class Call implements AutoCloseable {

        private final Thread caller = Thread.currentThread();
        private final long end;
        private final Consumer<Reason> action;

        private Call(Duration remaining, Consumer<Reason> action) {
            this.end = System.nanoTime() + Math.min(TimeUnit.NANOSECONDS.convert(remaining), MAX_NANOS);
            this.action = action;
        }

        private void look(long now) {
            if (now - end >= 0) {
                end(Reason.TIMEOUT);
            } else if (caller.isInterrupted()) {
                end(Reason.INTERRUPTED);
            }
        }

        /** A defect of one provider's must not take the watch from its other calls. */
        private void end(Reason reason) {
            try {
                action.accept(reason);
            } catch (Throwable defect) {
                calls.remove(this);
                log.warn(
                        "{} could not end a call: {}",
                        threadName,
                        defect.getClass().getName());
            }
        }

        /** Watches it no longer. */
        @Override
        public void close() {
            calls.remove(this);
        }
    }
}
