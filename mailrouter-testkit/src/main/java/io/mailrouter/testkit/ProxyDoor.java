package io.mailrouter.testkit;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One port, where connections are taken or refused. Used by the proxy's thread only.
 *
 * <p>Two sockets take turns at holding the port: one that listens and one that does not. Where the system lets them share
 * it, the next comes before the last one goes, so that no other process ever gets the port; where not, each try is bounded.
 */
final class ProxyDoor implements AutoCloseable {

    private static final int BACKLOG = 1024;
    private static final long REBIND_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Selector selector;
    private final InetSocketAddress address;
    private Optional<ServerSocketChannel> listening;
    private Optional<SocketChannel> placeholder = Optional.empty();

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
            share(channel);
            channel.bind(local, BACKLOG);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Returns one that is bound and does not listen: nobody else gets the port, and connecting to it is refused. */
    private SocketChannel hold() throws IOException {
        SocketChannel held = SocketChannel.open();
        try {
            share(held);
            held.bind(address);
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    private static void share(NetworkChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        if (isShared(channel)) {
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
    }

    private static boolean isShared(NetworkChannel channel) {
        return channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
    }

    /** Refuses new connections and keeps the port. */
    void shut() throws IOException {
        if (listening.isEmpty()) {
            return;
        }
        ServerSocketChannel last = listening.get();
        if (isShared(last)) {
            placeholder = Optional.of(insist(this::hold));
            stopListening(last);
        } else {
            stopListening(last);
            placeholder = Optional.of(insist(this::hold));
        }
        insist(this::refused);
    }

    /** A process that is just being started has the sockets of this one for a moment, and there the last one listens on. */
    private boolean refused() throws IOException {
        try (SocketChannel taken = SocketChannel.open(address)) {
            throw new BindException("somebody still listens at " + taken.getRemoteAddress());
        } catch (ConnectException e) {
            return true;
        }
    }

    private void stopListening(ServerSocketChannel last) throws IOException {
        FaultProxy.closeQuietly(last);
        listening = Optional.empty();
        // A registered channel is closed in fact by the next selection.
        selector.selectNow();
    }

    /** Listens again, on the same port. */
    void open() throws IOException {
        if (listening.isPresent()) {
            return;
        }
        if (placeholder.filter(ProxyDoor::isShared).isEmpty()) {
            release();
        }
        listening = Optional.of(insist(() -> listen(address)));
        release();
    }

    private void release() {
        placeholder.ifPresent(FaultProxy::closeQuietly);
        placeholder = Optional.empty();
    }

    private interface Binding<T> {
        T bind() throws IOException;
    }

    private static <T> T insist(Binding<T> binding) throws IOException {
        long began = System.nanoTime();
        while (true) {
            try {
                return binding.bind();
            } catch (SocketException e) {
                if (System.nanoTime() - began > REBIND_NANOS) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    @Override
    public void close() {
        listening.ifPresent(FaultProxy::closeQuietly);
        release();
    }
}
