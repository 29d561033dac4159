package io.mailrouter.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Accepts connections on one loopback port, a daemon thread for each, and can refuse them for a while.
 *
 * <p>Safe to share between threads.
 *
 * @param <C> a connection in the protocol that is spoken
 */
final class Listener<C extends Listener.Connection> implements AutoCloseable {

    /** One connection, which any thread may close. */
    interface Connection extends AutoCloseable {
        @Override
        void close();
    }

    /** Makes a connection of a socket, without waiting for the peer. */
    interface Opening<C> {
        C open(Socket socket) throws IOException;
    }

    /** Serves one connection until it ends. */
    interface Service<C> {
        void serve(C connection) throws IOException, InterruptedException;
    }

    private static final Duration REBIND = Duration.ofSeconds(10);
    private static final Duration JOIN = Duration.ofSeconds(10);

    private final Opening<C> opening;
    private final Service<C> service;
    private final InetSocketAddress address;
    private final Map<Thread, C> connections = new HashMap<>();
    private final List<Thread> acceptors = new ArrayList<>();
    private Optional<ServerSocket> listening = Optional.empty();
    private Optional<Socket> placeholder = Optional.empty();
    private boolean closed;
    private long served;

    private Listener(Opening<C> opening, Service<C> service, ServerSocket socket) {
        this.opening = opening;
        this.service = service;
        this.address = new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }

    /** Listens on a port that is free. */
    static <C extends Connection> Listener<C> start(Opening<C> opening, Service<C> service) {
        try {
            ServerSocket socket = bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
            Listener<C> listener = new Listener<>(opening, service, socket);
            listener.listen(socket);
            return listener;
        } catch (IOException e) {
            throw new UncheckedIOException("no loopback port is free", e);
        }
    }

    int port() {
        return address.getPort();
    }

    synchronized int openConnections() {
        return connections.size();
    }

    private static ServerSocket bind(InetSocketAddress address) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        try {
            socket.bind(address, 1024);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    private synchronized void listen(ServerSocket socket) {
        listening = Optional.of(socket);
        acceptors.removeIf(thread -> !thread.isAlive());
        acceptors.add(start("acceptor", () -> acceptFrom(socket)));
    }

    private Thread start(String role, Runnable work) {
        Thread thread = new Thread(work, "mailrouter-loopback-" + address.getPort() + "-" + role);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void acceptFrom(ServerSocket socket) {
        while (true) {
            try {
                begin(socket, opening.open(socket.accept()));
            } catch (IOException e) {
                if (socket.isClosed()) {
                    return;
                }
            }
        }
    }

    private synchronized void begin(ServerSocket socket, C connection) {
        if (socket.isClosed()) {
            connection.close();
            return;
        }
        // The thread waits for this lock before it removes itself, so it is in the map before it can leave it.
        connections.put(start(Long.toString(++served), () -> run(connection)), connection);
    }

    private void run(C connection) {
        try (connection) {
            service.serve(connection);
        } catch (IOException e) {
            // The peer went away or broke the protocol; the next connection is none the worse.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                connections.remove(Thread.currentThread());
            }
        }
    }

    /** Refuses new connections and ends the open ones, but keeps the port. */
    void refuse() {
        end(false);
    }

    /** Listens again, on the same port. */
    synchronized void accept() {
        if (closed || listening.isPresent()) {
            return;
        }
        placeholder.ifPresent(Listener::closeQuietly);
        placeholder = Optional.empty();
        long end = System.nanoTime() + REBIND.toNanos();
        while (true) {
            try {
                listen(bind(address));
                return;
            } catch (IOException e) {
                if (System.nanoTime() - end > 0) {
                    throw new UncheckedIOException("port " + address.getPort() + " is taken", e);
                }
                Thread.onSpinWait();
            }
        }
    }

    /** Ends every thread and socket. */
    @Override
    public void close() {
        end(true);
    }

    private void end(boolean forGood) {
        List<Thread> threads;
        synchronized (this) {
            closed |= forGood;
            listening.ifPresent(Listener::closeQuietly);
            placeholder.filter(socket -> forGood).ifPresent(Listener::closeQuietly);
            if (listening.isPresent() && !forGood) {
                placeholder = heldPort();
            }
            listening = Optional.empty();
            connections.values().forEach(Connection::close);
            threads = new ArrayList<>(connections.keySet());
            threads.addAll(acceptors);
        }
        threads.forEach(Listener::join);
    }

    /** Binds the port without listening, so that nobody else gets it and connecting to it is refused. */
    private Optional<Socket> heldPort() {
        Socket socket = new Socket();
        try {
            socket.setReuseAddress(true);
            socket.bind(address);
            return Optional.of(socket);
        } catch (IOException e) {
            closeQuietly(socket);
            return Optional.empty();
        }
    }

    private static void join(Thread thread) {
        if (thread == Thread.currentThread()) {
            return;
        }
        try {
            thread.join(JOIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // The socket is gone, which is all that was wanted.
        }
    }
}
