package io.mailrouter.benchmarks.contest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Threads as an application on this JVM would have them: virtual ones where there are some (21+), else a pool's. */
public final class SenderThreads {

    private SenderThreads() {}

    /** Returns an executor with a thread for each task. The platform's threads are kept for a minute for the next ones. */
    public static ExecutorService open() {
        try {
            return (ExecutorService) MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class))
                    .invokeExact();
        } catch (NoSuchMethodException before21) {
            return Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task, "sender");
                thread.setDaemon(true);
                return thread;
            });
        } catch (Throwable e) {
            throw new IllegalStateException("virtual threads cannot be started", e);
        }
    }
}
