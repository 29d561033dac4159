package io.mailrouter.benchmarks.flight;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Virtual threads, which the bytecode of Java 17 reaches through a method handle. */
final class VirtualThreads {

    private static final int FIRST_VERSION = 21;

    private VirtualThreads() {}

    static boolean exist() {
        return Runtime.version().feature() >= FIRST_VERSION;
    }

    /** Returns an executor that runs each task on a virtual thread of its own. */
    static ExecutorService executor() {
        try {
            MethodHandle create = MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
            return (ExecutorService) create.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("this JVM has no virtual threads", e);
        }
    }
}
