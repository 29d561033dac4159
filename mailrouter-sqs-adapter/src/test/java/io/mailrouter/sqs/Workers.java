package io.mailrouter.sqs;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The workers of one test, which share a queue, a Redis and a {@link Referee}, in JVMs of their own or in this one. */
final class Workers implements AutoCloseable {

    private final List<String> shared;
    private final Deque<Runnable> open = new ConcurrentLinkedDeque<>();
    private final AtomicInteger started = new AtomicInteger();

    Workers(LocalSqs sqs, LocalRedis redis, Referee referee) {
        shared = List.of("sqs=" + sqs.port(), "redis=" + redis.uri(), "referee=" + referee.port());
    }

    /** Starts a worker in a JVM of its own, which waits to be told to go. */
    WorkerProcess start(String... words) {
        String name = "w" + started.incrementAndGet();
        WorkerProcess worker = WorkerProcess.start(name, words(name, words));
        open.push(worker::close);
        return worker;
    }

    /** Returns a worker in this JVM. */
    Worker here(Consumer<String> says, String... words) {
        Worker worker = new Worker(words("here", words), says);
        open.push(worker::close);
        return worker;
    }

    private List<String> words(String name, String... more) {
        List<String> words = new ArrayList<>(shared);
        words.add("name=" + name);
        words.addAll(List.of(more));
        return words;
    }

    @Override
    public void close() {
        open.forEach(Runnable::run);
    }
}
