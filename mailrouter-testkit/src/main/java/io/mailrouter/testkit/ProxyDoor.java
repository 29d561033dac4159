package io.mailrouter.testkit;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One port, where connections are taken or refused. Used by the proxy's thread only. */
final class ProxyDoor implements AutoCloseable {

    private static final int BACKLOG = 1024;
    private static final long REBIND_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long REBIND_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Selector selector;
    private final InetSocketAddress address;
    private Optional<ServerSocketChannel> listening;
    private Optional<NetworkChannel> placeholder = Optional.empty();

    /** Listens. */
    ProxyDoor(Selector selector, SocketAddress local) throws IOException {
        this.selector = selector;
        ServerSocketChannel channel = listen(local);
        this.address = (InetSocketAddress) channel.getLocalAddress();
        this.listening = Optional.of(channel);
    }

    InetSocketAddress address() {
        return address;
    }

    /** Returns the next connection that waits, if one does. */
    Optional<SocketChannel> next() throws IOException {
        return listening.isPresent() ? Optional.ofNullable(listening.get().accept()) : Optional.empty();
    }

    private ServerSocketChannel listen(SocketAddress local) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(local, BACKLOG);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Refuses new connections and keeps the port. */
    void shut() throws IOException {
        if (listening.isEmpty()) {
            return;
        }
        stopListening();
        // Bound and not listening, so that nobody else gets the port and connecting to it is refused.
        placeholder = Optional.of(patiently(this::held));
    }

    private SocketChannel held() throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return channel.bind(address);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private interface Binding<T> {
        T bind() throws IOException;
    }

    /** A process that is just being started has the sockets of this one for a moment, those that were closed here too. */
    private static <T> T patiently(Binding<T> binding) throws IOException {
        long began = System.nanoTime();
        while (true) {
            try {
                return binding.bind();
            } catch (BindException e) {
                if (System.nanoTime() - began > REBIND_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(REBIND_PAUSE_NANOS);
            }
        }
    }

    private void stopListening() throws IOException {
        listening.ifPresent(FaultProxy::closeQuietly);
        listening = Optional.empty();
        // A registered channel is closed in fact by the next selection.
        selector.selectNow();
    }

    /** Listens again, on the same port. */
    void open() throws IOException {
        if (listening.isPresent()) {
            return;
        }
        placeholder.ifPresent(FaultProxy::closeQuietly);
        placeholder = Optional.empty();
        listening = Optional.of(patiently(() -> listen(address)));
    }

    @Override
    public void close() {
        listening.ifPresent(FaultProxy::closeQuietly);
        placeholder.ifPresent(FaultProxy::closeQuietly);
    }
}
