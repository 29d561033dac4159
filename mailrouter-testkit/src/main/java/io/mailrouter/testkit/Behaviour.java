package io.mailrouter.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a stand-in does with a request: take the email and say so, or one of the ways in which real services fail.
 *
 * <p>Immutable, safe to share between threads and servers. Each service adds its own errors, such as
 * {@link LoopbackSes#throttled()}.
 */
public final class Behaviour {

    /** Deals with one request. */
    interface Act {
        void on(Exchange exchange) throws IOException, InterruptedException;
    }

    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final Behaviour REFUSE = new Behaviour("refuseConnections", exchange -> exchange.reset());

    private final String name;
    private final Act act;

    private Behaviour(String name, Act act) {
        this.name = name;
        this.act = act;
    }

    void on(Exchange exchange) throws IOException, InterruptedException {
        act.on(exchange);
    }

    boolean refusesConnections() {
        return this == REFUSE;
    }

    /** Takes the email and answers at once, or refuses it in the service's own words when it is malformed. */
    public static Behaviour accept() {
        return new Behaviour("accept", exchange -> exchange.answer(exchange.accept()));
    }

    /** Reads the request, waits, then takes the email and answers, even if nobody listens any more. */
    public static Behaviour acceptAfter(Duration delay) {
        notNegative("delay", delay);
        return new Behaviour("acceptAfter", exchange -> {
            exchange.body();
            if (!exchange.pause(delay)) {
                exchange.answer(exchange.accept());
            }
        });
    }

    /** Takes the email, then never answers. */
    public static Behaviour acceptThenHang() {
        return new Behaviour("acceptThenHang", exchange -> {
            exchange.accept();
            exchange.awaitEnd();
        });
    }

    /** Takes the email, then resets the connection. */
    public static Behaviour acceptThenReset() {
        return new Behaviour("acceptThenReset", exchange -> {
            exchange.accept();
            exchange.reset();
        });
    }

    /** Takes the email, then answers one byte at a time with a pause after each. */
    public static Behaviour acceptThenDrip(Duration pause) {
        notNegative("pause", pause);
        return new Behaviour("acceptThenDrip", exchange -> exchange.drip(exchange.accept(), pause));
    }

    /**
     * Takes the email, then resets the connection inside the answer.
     *
     * @param bytes how much of the answer is written before
     */
    public static Behaviour acceptThenResetAt(int bytes) {
        return new Behaviour("acceptThenResetAt " + bytes, exchange -> exchange.cut(exchange.accept(), bytes));
    }

    /**
     * Takes the email, then answers with a head of this size.
     *
     * @param bytes the size of one header in it
     */
    public static Behaviour acceptThenHugeHead(int bytes) {
        return new Behaviour("acceptThenHugeHead", exchange -> {
            Reply reply = exchange.accept();
            Map<String, String> headers = new HashMap<>(reply.headers());
            headers.put("X-Huge", "x".repeat(bytes));
            exchange.answer(new Reply(reply.status(), headers, reply.body()));
        });
    }

    /** Takes the email, then answers with bytes that are no HTTP, and closes the connection. */
    public static Behaviour acceptThenGarbage() {
        return new Behaviour("acceptThenGarbage", exchange -> {
            exchange.accept();
            exchange.garbage();
        });
    }

    /** Takes the email, then answers with a body that never ends. */
    public static Behaviour acceptThenFlood() {
        return new Behaviour("acceptThenFlood", exchange -> exchange.flood(exchange.accept()));
    }

    /** Reads the request, then never answers, and does not take the email. */
    public static Behaviour hang() {
        return new Behaviour("hang", exchange -> {
            exchange.body();
            exchange.awaitEnd();
        });
    }

    /** Reads the request's head and then nothing more, so that a large body cannot be written to its end. */
    public static Behaviour stopReading() {
        return new Behaviour("stopReading", exchange -> exchange.pause(FOR_EVER));
    }

    /** Reads the request's head, then resets the connection. */
    public static Behaviour resetBeforeBody() {
        return new Behaviour("resetBeforeBody", exchange -> exchange.reset());
    }

    /**
     * Reads some bytes of the request's body, then resets the connection.
     *
     * @param bytes how many, less than the body has
     */
    public static Behaviour resetInBody(int bytes) {
        return new Behaviour("resetInBody " + bytes, exchange -> {
            exchange.readOf(bytes);
            exchange.reset();
        });
    }

    /**
     * Reads the request's body slowly and drops it; the email is not taken.
     *
     * @param bytes how much it reads at once
     * @param pause how long it waits after each time
     */
    public static Behaviour readSlowly(int bytes, Duration pause) {
        notNegative("pause", pause);
        return new Behaviour("readSlowly", exchange -> {
            while (!exchange.pause(pause)) {
                exchange.readOf(bytes);
            }
        });
    }

    /** Reads the request whole, then resets the connection, and does not take the email. */
    public static Behaviour resetAfterBody() {
        return new Behaviour("resetAfterBody", exchange -> {
            exchange.body();
            exchange.reset();
        });
    }

    /**
     * Answers so, whatever was asked. A status from 200 to 299 takes the email as well.
     *
     * @param status from 200 to 599
     * @param headers besides {@code Date} and {@code Content-Length}
     * @param body written as UTF-8
     */
    public static Behaviour answer(int status, Map<String, String> headers, String body) {
        Reply reply = Reply.of(status, headers, body);
        return answering("answer " + status, () -> reply);
    }

    /** Answers with what is made at the moment of answering. */
    static Behaviour answering(String name, Supplier<Reply> reply) {
        return new Behaviour(name, exchange -> {
            Reply answer = reply.get();
            if (answer.accepts()) {
                exchange.accept();
            }
            exchange.answer(answer);
        });
    }

    /**
     * Refuses connections and ends those that are open. Only for {@link LoopbackProvider#behave}: it ends when another
     * behaviour is set.
     */
    public static Behaviour refuseConnections() {
        return REFUSE;
    }

    private static void notNegative(String field, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(field + " is " + value + ": zero or more is needed");
        }
    }

    /** Returns the name, such as {@code hang}. */
    @Override
    public String toString() {
        return name;
    }
}
