package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

    @Test
    void isNeverRobbedOfItsPortWhileItRefusesAndAccepts() throws Exception {
        try (ServerSocketChannel any = ServerSocketChannel.open()) {
            assumeThat(any.supportedOptions()).contains(StandardSocketOptions.SO_REUSEPORT);
        }
        InetSocketAddress port = new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port());
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger tries = new AtomicInteger();
        AtomicInteger robbed = new AtomicInteger();
        Thread robber = new Thread(() -> {
            while (!done.get()) {
                try (ServerSocket other = new ServerSocket()) {
                    other.setReuseAddress(false);
                    other.bind(port);
                    robbed.incrementAndGet();
                } catch (IOException e) {
                    tries.incrementAndGet();
                }
            }
        });
        robber.start();
        try {
            for (int i = 0; i < 200 || tries.get() < 100; i++) {
                proxy.refuse();
                proxy.accept();
            }
        } finally {
            done.set(true);
            robber.join();
        }

        assertThat(robbed).hasValue(0);
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
