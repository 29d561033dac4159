package io.mailrouter;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where work runs that must not hold up its caller: on virtual threads where the JVM has them (21+), else on a bounded
 * pool of daemon threads.
 *
 * <p>The bytecode is Java 17's, so the virtual ones are reached through a method handle. It is the only one here.
 */
final class Threads {

    private static final int MAX_ATTEMPTS_ASIDE = 1_024;
    private static final int SENDS_AT_ONCE = 64;

    /** How long a beat's end waits for the task that it has interrupted. */
    private static final Duration LAST_BEAT = Duration.ofSeconds(1);

    /** An idempotency store and a suppression list may have this many together. */
    private static final int MAX_STORE_CALLS = 2 * StoreCalls.AT_ONCE;

    private Threads() {}

    /**
     * For attempts of providers that may hang. A full pool refuses at once: waiting would eat the deadline.
     *
     * @param underWay how many attempts all providers together may have under way, so that one that hangs takes no
     *     thread from another; up to 1,024 of them have one
     */
    static ExecutorService forAttempts(long underWay) {
        int threads = (int) Math.min(underWay, MAX_ATTEMPTS_ASIDE);
        return virtualOr(() -> pool("mailrouter-attempt-", threads, new SynchronousQueue<>()));
    }

    /** For calls of stores that may hang. Whoever calls bounds how many are under way. */
    static ExecutorService forStores() {
        return virtualOr(() -> pool("mailrouter-store-", MAX_STORE_CALLS, new SynchronousQueue<>()));
    }

    /** For sends that nobody waits for. The service itself bounds how many wait. */
    static ExecutorService forSends() {
        return virtualOr(() -> pool("mailrouter-send-", SENDS_AT_ONCE, new LinkedBlockingQueue<>()));
    }

    /** For a listener: one thread, so that events keep their order, and a bounded number of events that wait for it. */
    static ExecutorService forListener(int maxWaiting, Runnable onFull) {
        ThreadPoolExecutor thread = pool("mailrouter-listener-", 1, new LinkedBlockingQueue<>(maxWaiting));
        thread.setRejectedExecutionHandler((event, full) -> onFull.run());
        return thread;
    }

    /** A {@link Beat} with a thread for each task. */
    static AutoCloseable beat(Duration pause, Runnable task) {
        CountDownLatch closed = new CountDownLatch(1);
        Thread thread = new Thread(() -> beat(pause, task, closed), "mailrouter-probes");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            closed.countDown();
            thread.interrupt();
            thread.join(LAST_BEAT.toMillis());
        };
    }

    private static void beat(Duration pause, Runnable task, CountDownLatch closed) {
        try {
            do {
                task.run();
            } while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Pool {
        ExecutorService create();
    }

    private static ExecutorService virtualOr(Pool pool) {
        MethodHandle virtual;
        try {
            virtual = MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
        } catch (NoSuchMethodException | IllegalAccessException before21) {
            return pool.create();
        }
        try {
            return (ExecutorService) virtual.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("virtual threads cannot be started", e);
        }
    }

    private static ThreadPoolExecutor pool(String prefix, int threads, BlockingQueue<Runnable> queue) {
        boolean waits = queue.remainingCapacity() > 0;
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                waits ? threads : 0,
                threads,
                Duration.ofSeconds(30).toMillis(),
                TimeUnit.MILLISECONDS,
                queue,
                named(prefix));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
