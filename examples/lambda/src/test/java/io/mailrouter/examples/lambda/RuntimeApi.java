package io.mailrouter.examples.lambda;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Lambda's side of the runtime API, on a free port of the loopback interface. */
final class RuntimeApi implements AutoCloseable {

    private static final String VERSION = "/2018-06-01/runtime";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Invocation> waiting = new LinkedBlockingQueue<>();
    private final Map<String, CompletableFuture<Answer>> answers = new ConcurrentHashMap<>();
    private final CompletableFuture<String> initError = new CompletableFuture<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private final CountDownLatch snapshotTaken = new CountDownLatch(1);
    private final CountDownLatch restore = new CountDownLatch(1);

    private record Invocation(String id, String event, long deadlineMillis) {}

    /**
     * What the function came to.
     *
     * @param kind {@code response} or {@code error}
     */
    record Answer(String kind, String body, Duration elapsed) {}

    RuntimeApi() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext(VERSION, this::serve);
        server.start();
    }

    /** Returns what the variable {@code AWS_LAMBDA_RUNTIME_API} is to hold. */
    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Hands an event to the function and waits for its answer. */
    Answer invoke(String event, Duration timeLeft) throws Exception {
        String id = UUID.randomUUID().toString();
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        answers.put(id, answer);
        waiting.add(new Invocation(id, event, System.currentTimeMillis() + timeLeft.toMillis()));
        long begin = System.nanoTime();
        Answer came = answer.get(180, TimeUnit.SECONDS);
        return new Answer(came.kind(), came.body(), Duration.ofNanos(System.nanoTime() - begin));
    }

    /** Waits until the function asks for its first event. */
    boolean awaitReady() throws InterruptedException {
        return ready.await(180, TimeUnit.SECONDS);
    }

    /** Waits until the function is ready for its snapshot. */
    boolean awaitSnapshot() throws InterruptedException {
        return snapshotTaken.await(180, TimeUnit.SECONDS);
    }

    /** Restores the function from its snapshot. */
    void restore() {
        restore.countDown();
    }

    /** Waits for the error with which the function could not begin. */
    String initError() throws Exception {
        return initError.get(180, TimeUnit.SECONDS);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath().substring(VERSION.length());
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String[] parts = path.split("/");
            if (path.equals("/invocation/next")) {
                next(exchange);
            } else if (path.equals("/restore/next")) {
                snapshotTaken.countDown();
                await(restore);
                answer(exchange, 200, "");
            } else if (path.equals("/init/error")) {
                initError.complete(body);
                answer(exchange, 202, "{}");
            } else {
                answer(exchange, 202, "{}");
                answers.get(parts[2]).complete(new Answer(parts[3], body, Duration.ZERO));
            }
        }
    }

    private void next(HttpExchange exchange) throws IOException {
        ready.countDown();
        Invocation invocation;
        try {
            invocation = waiting.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", invocation.id());
        exchange.getResponseHeaders().set("Lambda-Runtime-Deadline-Ms", String.valueOf(invocation.deadlineMillis()));
        exchange.getResponseHeaders()
                .set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:emails");
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        answer(exchange, 200, invocation.event());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
