package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A proxy that refuses connections and takes them again, on one port. */
@Timeout(120)
class ProxyDoorTest {

    private ServerSocket server;
    private FaultProxy proxy;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        proxy = FaultProxy.before(server.getLocalPort(), 1);
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    private Socket client() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    }

    private static int passed(Socket from, Socket to) throws IOException {
        from.getOutputStream().write('a');
        return to.getInputStream().read();
    }

    @Test
    void refusesNewConnectionsAndKeepsThoseThatStand() throws IOException {
        int port = proxy.port();
        try (Socket old = client();
                Socket oldServer = server.accept()) {
            proxy.refuse();

            assertThatThrownBy(this::client).isInstanceOf(ConnectException.class);
            assertThat(passed(old, oldServer)).isEqualTo('a');
            proxy.accept();
            try (Socket fresh = client();
                    Socket freshServer = server.accept()) {
                assertThat(passed(fresh, freshServer)).isEqualTo('a');
            }
            assertThat(proxy.port()).isEqualTo(port);
        }
    }

    /** A process that is being started has every socket of this one for a moment, closed here or not. */
    @Test
    void refusesAndAcceptsWhileProcessesAreStarted() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        Thread starting = new Thread(() -> {
            while (!enough.get()) {
                try {
                    new ProcessBuilder("true").start().waitFor();
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        starting.start();
        try {
            for (int i = 0; i < 200; i++) {
                proxy.refuse();
                assertThatThrownBy(this::client).isInstanceOf(ConnectException.class);
                proxy.accept();
                client().close();
            }
        } finally {
            enough.set(true);
            starting.join();
        }
    }
}
