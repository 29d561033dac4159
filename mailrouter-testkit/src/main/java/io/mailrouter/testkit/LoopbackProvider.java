package io.mailrouter.testkit;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * A stand-in for an email service, on a free port of the loopback interface.
 *
 * <p>It speaks HTTP/1.1 over real sockets, keeps every email that it took, and misbehaves on command. Safe to share
 * between threads. Its threads are daemons, one for each connection.
 */
public abstract sealed class LoopbackProvider implements ServiceStandIn
        permits LoopbackSes, LoopbackSendGrid, LoopbackHttp {

    private final WireFormat wire;
    private final Object lock = new Object();
    private final List<AcceptedEmail> accepted = new ArrayList<>();
    private final Queue<Behaviour> next = new ArrayDeque<>();
    private final Map<Integer, Integer> answers = new HashMap<>();
    private Behaviour standing = Behaviour.accept();
    private Behaviour whenAsked;
    private int questions;
    private int requests;
    private int attempts;
    private int exchanges;
    private final Listener<HttpConnection> listener;
    private final Elsewhere elsewhere = Elsewhere.start();

    LoopbackProvider(WireFormat wire) {
        this(wire, Behaviour.accept());
    }

    LoopbackProvider(WireFormat wire, Behaviour whenAsked) {
        this.wire = wire;
        this.whenAsked = whenAsked;
        this.listener = Listener.start(HttpConnection::new, this::serve);
    }

    /** Returns where it listens, such as {@code http://127.0.0.1:40123}; the same for its whole life. */
    @Override
    public URI url() {
        return URI.create("http://127.0.0.1:" + listener.port());
    }

    /**
     * Sets what holds for every request from now on, until something else is set. When it returns from
     * {@link Behaviour#refuseConnections()}, all connections have ended; from any other, connecting succeeds.
     */
    public void behave(Behaviour behaviour) {
        synchronized (lock) {
            standing = behaviour;
        }
        if (behaviour.refusesConnections()) {
            listener.refuse();
        } else {
            listener.accept();
        }
    }

    @Override
    public boolean behave(Fault fault) {
        Optional<Behaviour> behaviour = HttpFaults.behaviour(fault, wire, elsewhere);
        behaviour.ifPresent(this::behave);
        return behaviour.isPresent();
    }

    /**
     * Adds what holds for the next requests, one each, in this order; after them the standing behaviour holds again.
     * Requests with a wrong path or without a credential do not count.
     *
     * @throws IllegalArgumentException for {@link Behaviour#refuseConnections()}, which comes before any request
     */
    public void next(Behaviour... behaviours) {
        List<Behaviour> added = List.of(behaviours);
        if (added.stream().anyMatch(Behaviour::refusesConnections)) {
            throw new IllegalArgumentException("refuseConnections holds for no single request: use behave");
        }
        synchronized (lock) {
            next.addAll(added);
        }
    }

    /**
     * Sets how questions are answered that send nothing, from now on. What else holds for requests does not hold for
     * them, but refused connections do.
     */
    void whenAsked(Behaviour behaviour) {
        synchronized (lock) {
            whenAsked = behaviour;
        }
    }

    /** Returns how many questions it was asked that send nothing; they count as no request. */
    public int questions() {
        synchronized (lock) {
            return questions;
        }
    }

    @Override
    public List<AcceptedEmail> accepted() {
        synchronized (lock) {
            return List.copyOf(accepted);
        }
    }

    @Override
    public int attempts() {
        synchronized (lock) {
            return attempts;
        }
    }

    @Override
    public int redirected() {
        return elsewhere.connections();
    }

    /** Returns how many requests it has read to their end, whether or not it answered them. */
    public int requests() {
        synchronized (lock) {
            return requests;
        }
    }

    /** Returns how many requests of whatever kind it has begun to read, questions and wrong paths included. */
    public int exchanges() {
        synchronized (lock) {
            return exchanges;
        }
    }

    /** Returns how many answers it began with this status. */
    public int answers(int status) {
        synchronized (lock) {
            return answers.getOrDefault(status, 0);
        }
    }

    @Override
    public int openConnections() {
        return listener.openConnections();
    }

    @Override
    public void close() {
        elsewhere.close();
        listener.close();
    }

    private void serve(HttpConnection connection) throws IOException, InterruptedException {
        try {
            Optional<HttpHead> head = connection.nextHead();
            while (head.isPresent()) {
                exchange(connection, head.get());
                if (!head.get().keepsAlive()) {
                    return;
                }
                head = connection.nextHead();
            }
        } catch (ProtocolException e) {
            count(400);
            connection.write(wire.refused(new Refusal("malformed HTTP request")), false);
        }
    }

    private void exchange(HttpConnection connection, HttpHead head) throws IOException, InterruptedException {
        countExchange();
        if (wire.asks(head.method(), head.target()) && wire.authorized(head.header("authorization"))) {
            question().on(new Exchange(connection, head, wire, () -> {}, email -> {}, status -> {}));
            return;
        }
        Exchange exchange = new Exchange(connection, head, wire, this::countRequest, this::keep, this::count);
        if (!"POST".equals(head.method()) || !wire.takes(head.target())) {
            exchange.answer(wire.notFound());
        } else if (!wire.authorized(head.header("authorization"))) {
            exchange.answer(wire.unauthorized());
        } else {
            countAttempt();
            behaviour().on(exchange);
        }
    }

    private Behaviour question() {
        synchronized (lock) {
            questions++;
            return whenAsked;
        }
    }

    private Behaviour behaviour() {
        synchronized (lock) {
            Behaviour queued = next.poll();
            return queued == null ? standing : queued;
        }
    }

    private void countExchange() {
        synchronized (lock) {
            exchanges++;
        }
    }

    private void countAttempt() {
        synchronized (lock) {
            attempts++;
        }
    }

    private void countRequest() {
        synchronized (lock) {
            requests++;
        }
    }

    private void keep(AcceptedEmail email) {
        synchronized (lock) {
            accepted.add(email);
        }
    }

    private void count(int status) {
        synchronized (lock) {
            answers.merge(status, 1, Integer::sum);
        }
    }
}
