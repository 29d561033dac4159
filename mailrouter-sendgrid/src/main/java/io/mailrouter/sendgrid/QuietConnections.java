package io.mailrouter.sendgrid;

import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.apache.http.config.ConnectionConfig;
import org.apache.http.config.MessageConstraints;
import org.apache.http.conn.HttpConnectionFactory;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.impl.conn.DefaultManagedHttpClientConnection;

/**
 * Makes connections that end at once and log nothing: the usual ones write the API key and the email to the loggers
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

    /**
     * Ends without a farewell: closing the TLS layer waits, in TLS 1.3, for whoever writes and for the peer's own farewell
     * as long as for any other answer, and with it would wait the thread that keeps all deadlines.
     */
    private static final class Connection extends DefaultManagedHttpClientConnection {

        private volatile Optional<Socket> beneath = Optional.empty();

        Connection(String id) {
            super(id, BUFFER, BUFFER, null, null, BOUNDED, null, null, null, null);
        }

        @Override
        public void bind(Socket socket) throws IOException {
            if (!(socket instanceof SSLSocket)) {
                beneath = Optional.of(socket);
            }
            super.bind(socket);
        }

        @Override
        public void shutdown() throws IOException {
            closeBeneath();
            super.shutdown();
        }

        @Override
        public void close() throws IOException {
            closeBeneath();
            super.close();
        }

        private void closeBeneath() throws IOException {
            if (beneath.isPresent()) {
                beneath.get().close();
            }
        }
    }

    private final AtomicLong made = new AtomicLong();

    @Override
    public ManagedHttpClientConnection create(HttpRoute route, ConnectionConfig config) {
        String id = "mailrouter-" + made.incrementAndGet();
        return new Connection(id);
    }
}
