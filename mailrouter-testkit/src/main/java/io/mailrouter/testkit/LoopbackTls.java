package io.mailrouter.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * TLS in front of a server on this machine, with a certificate that is good or wrong in one way.
 *
 * <p>Its authority and its certificates are made when it starts; nobody else trusts them. Safe to share between
 * threads. Its threads are daemons.
 */
public final class LoopbackTls implements AutoCloseable {

    private static final int CUT_AFTER = 5; // the head of the client's first record

    private final URI behind;
    private final TlsFault fault;
    private final Authority authority = Authority.create();
    private final SSLContext server;
    private final AtomicInteger handshakes = new AtomicInteger();
    private final Listener listener;

    private LoopbackTls(URI behind, TlsFault fault) {
        this.behind = behind;
        this.fault = fault;
        this.server = authority.server(fault);
        this.listener = Listener.start(this::serve);
    }

    /**
     * Returns one that listens already. Close it.
     *
     * @param behind where everything goes once it is decrypted, such as {@link ServiceStandIn#url()}
     */
    public static LoopbackTls before(URI behind, TlsFault fault) {
        return new LoopbackTls(behind, fault);
    }

    /** Returns where it listens: {@code https} before {@code http}, {@code smtps} before {@code smtp}. */
    public URI url() {
        return URI.create(behind.getScheme() + "s://127.0.0.1:" + listener.port());
    }

    /** Returns what a client needs that is to trust the authority of this server's certificates. */
    public SSLContext trusting() {
        return authority.client();
    }

    /** Returns how many handshakes came to their end. */
    public int handshakes() {
        return handshakes.get();
    }

    /** Ends every thread and socket. */
    @Override
    public void close() {
        listener.close();
    }

    private void serve(HttpConnection connection) throws IOException, InterruptedException {
        if (fault == TlsFault.HANDSHAKE_CUT) {
            connection.skip(CUT_AFTER);
            connection.reset();
            return;
        }
        try (SSLSocket client = encrypted(connection.socket());
                Socket target = new Socket(behind.getHost(), behind.getPort())) {
            client.startHandshake();
            // In TLS 1.3 a client that refuses the certificate says so after the server's part is done.
            int first = client.getInputStream().read();
            if (first < 0) {
                return;
            }
            handshakes.incrementAndGet();
            target.getOutputStream().write(first);
            Thread back = new Thread(
                    () -> copy(target, client), Thread.currentThread().getName() + "-back");
            back.setDaemon(true);
            back.start();
            copy(client, target);
            target.close();
            back.join();
        }
    }

    private SSLSocket encrypted(Socket plain) throws IOException {
        SSLSocket socket = (SSLSocket) server.getSocketFactory()
                .createSocket(plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
        socket.setUseClientMode(false);
        return socket;
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8 << 10];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // One side is gone; the other is closed by whoever opened it.
        }
    }
}
