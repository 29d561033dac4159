package io.mailrouter.testkit;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * TLS in front of a server on this machine, with a certificate that is good or wrong in one way.
 *
 * <p>Its authority and its certificates are made when it starts; nobody else trusts them. Safe to share between
 * threads. Its threads are daemons.
 */
public final class LoopbackTls implements AutoCloseable {

    private static final int CUT_AFTER = 5; // the head of the client's first record

    /** A connection before and after it is encrypted. */
    private record Plain(Socket socket) implements Listener.Connection {

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // The socket is gone, which is all that was wanted.
            }
        }
    }

    private final URI behind;
    private final TlsFault fault;
    private final LoopbackCertificate certificate;
    private final AtomicInteger handshakes = new AtomicInteger();
    private final Listener<Plain> listener;

    private LoopbackTls(URI behind, TlsFault fault) {
        this.behind = behind;
        this.fault = fault;
        this.certificate = switch (fault) {
            case EXPIRED -> LoopbackCertificate.expired();
            case WRONG_HOST -> LoopbackCertificate.forAnotherHost();
            case NONE, HANDSHAKE_CUT -> LoopbackCertificate.valid();
        };
        this.listener = Listener.start(Plain::new, this::serve);
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
        return URI.create(behind.getScheme() + "s://localhost:" + listener.port());
    }

    /** Returns what a client needs that is to trust this server's certificate, and no other. */
    public SSLContext trust() {
        return certificate.client();
    }

    /** Returns what {@link #trust()} decides by, for clients that take no more than that. */
    public TrustManager[] trustManagers() {
        return certificate.trustManagers();
    }

    /** Returns how many clients have sent anything after the handshake. */
    public int handshakes() {
        return handshakes.get();
    }

    /** Ends every thread and socket. */
    @Override
    public void close() {
        listener.close();
    }

    private void serve(Plain plain) throws IOException, InterruptedException {
        if (fault == TlsFault.HANDSHAKE_CUT) {
            plain.socket().getInputStream().readNBytes(CUT_AFTER);
            return;
        }
        try (SSLSocket client = encrypted(plain.socket())) {
            client.startHandshake();
            pass(client);
        }
    }

    private void pass(Socket client) throws IOException, InterruptedException {
        Thread back;
        try (Socket target = new Socket(behind.getHost(), behind.getPort())) {
            back = new Thread(() -> copy(target, client), Thread.currentThread().getName() + "-back");
            back.setDaemon(true);
            back.start();
            // In TLS 1.3 a client that refuses the certificate says so after the server's part is done.
            int first = client.getInputStream().read();
            if (first >= 0) {
                handshakes.incrementAndGet();
                target.getOutputStream().write(first);
                copy(client, target);
            }
        }
        back.join();
    }

    private SSLSocket encrypted(Socket plain) throws IOException {
        SSLSocket socket = (SSLSocket) certificate
                .server()
                .getSocketFactory()
                .createSocket(plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
        socket.setUseClientMode(false);
        return socket;
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One side is gone; the other is closed by whoever opened it.
        }
    }
}
