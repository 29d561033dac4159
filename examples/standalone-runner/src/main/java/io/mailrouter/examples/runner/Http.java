package io.mailrouter.examples.runner;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Answers operators: {@code /health}, {@code /metrics}, {@code /providers} and {@code /queues}. Two daemon threads, no state. */
final class Http implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads;

    /** A status code with a text. */
    record Page(int status, String type, String body) {}

    Http(InetSocketAddress address) throws IOException {
        server = HttpServer.create(address, 16);
        threads = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, "mailrouter-http");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        page("", () -> new Page(404, "text/plain", "not found\n"));
    }

    Http page(String path, Supplier<Page> page) {
        server.createContext(path.isEmpty() ? "/" : path, exchange -> answer(exchange, path, page));
        return this;
    }

    private static void answer(HttpExchange exchange, String path, Supplier<Page> page) throws IOException {
        try (exchange) {
            Page answer;
            if (!exchange.getRequestURI().getPath().equals(path)) {
                answer = new Page(404, "text/plain", "not found\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                answer = new Page(405, "text/plain", "GET only\n");
            } else {
                answer = page.get();
            }
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", answer.type() + "; charset=utf-8");
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    Http start() {
        server.start();
        return this;
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
