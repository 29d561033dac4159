package io.mailrouter.testkit;

import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Another host that a redirect names. It counts who comes and answers nobody. */
final class Elsewhere implements AutoCloseable {

    private final AtomicInteger connections;
    private final Listener<HttpConnection> listener;

    private Elsewhere(AtomicInteger connections) {
        this.connections = connections;
        listener = Listener.start(HttpConnection::new, connection -> connections.incrementAndGet());
    }

    static Elsewhere start() {
        return new Elsewhere(new AtomicInteger());
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.port());
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() {
        listener.close();
    }
}
