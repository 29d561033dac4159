package io.mailrouter.sendgrid;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.http.config.ConnectionConfig;
import org.apache.http.config.MessageConstraints;
import org.apache.http.conn.HttpConnectionFactory;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.impl.conn.DefaultManagedHttpClientConnection;

/**
 * Makes connections that log nothing: the usual ones write the API key and the email to the loggers
 * {@code org.apache.http.headers} and {@code org.apache.http.wire} when these are at debug.
 */
final class QuietConnections implements HttpConnectionFactory<HttpRoute, ManagedHttpClientConnection> {

    private static final int BUFFER = 8 << 10;
    private static final int MAX_HEADERS = 200;
    private static final int MAX_HEADER_LINE = 16 << 10;
    private static final MessageConstraints BOUNDED = MessageConstraints.custom()
            .setMaxHeaderCount(MAX_HEADERS)
            .setMaxLineLength(MAX_HEADER_LINE)
            .build();

    private final AtomicLong made = new AtomicLong();

    @Override
    public ManagedHttpClientConnection create(HttpRoute route, ConnectionConfig config) {
        String id = "mailrouter-" + made.incrementAndGet();
        return new DefaultManagedHttpClientConnection(id, BUFFER, BUFFER, null, null, BOUNDED, null, null, null, null);
    }
}
