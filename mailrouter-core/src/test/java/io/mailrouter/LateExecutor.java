package io.mailrouter;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Lets the virtual time pass as soon as a call has begun, so that the call outlasts its attempt however busy the machine
 * is. A provider says that it was called by {@link #begun()}.
 */
final class LateExecutor extends ThreadPoolExecutor {

    private final VirtualTime time;
    private final Duration overtime;
    private final Semaphore begun = new Semaphore(0);

    LateExecutor(VirtualTime time, Duration overtime) {
        super(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>());
        this.time = time;
        this.overtime = overtime;
    }

    void begun() {
        begun.release();
    }

    @Override
    public void execute(Runnable call) {
        super.execute(call);
        begun.acquireUninterruptibly();
        time.pass(overtime);
    }
}
