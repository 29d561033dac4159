package io.mailrouter.testkit;

import java.io.IOException;
import java.time.Duration;

/**
 * What {@link LoopbackSmtp} does when a session reaches a phase: what a server should, or one of the ways in which real
 * ones fail.
 *
 * <p>Immutable, safe to share between threads and servers.
 */
public final class SmtpBehaviour {

    /** Deals with a phase instead of the server. */
    interface Act {
        void on(SmtpSession session) throws IOException, InterruptedException;
    }

    private static final SmtpBehaviour ACCEPT =
            new SmtpBehaviour("accept", SmtpPhase.DOT, session -> session.reply(session.accept()));
    private static final SmtpBehaviour REFUSE =
            new SmtpBehaviour("refuseConnections", SmtpPhase.CONNECT, session -> session.reset());

    private final String name;
    private final SmtpPhase phase;
    private final Act act;

    private SmtpBehaviour(String name, SmtpPhase phase, Act act) {
        this.name = name;
        this.phase = phase;
        this.act = act;
    }

    SmtpPhase phase() {
        return phase;
    }

    void on(SmtpSession session) throws IOException, InterruptedException {
        act.on(session);
    }

    boolean refusesConnections() {
        return this == REFUSE;
    }

    /** Takes each message and says so. */
    public static SmtpBehaviour accept() {
        return ACCEPT;
    }

    /** Takes a message, waits, then says so, even if nobody listens any more. */
    public static SmtpBehaviour acceptAfter(Duration delay) {
        notNegative("delay", delay);
        return new SmtpBehaviour("acceptAfter", SmtpPhase.DOT, session -> {
            String reply = session.accept();
            session.pause(delay);
            session.reply(reply);
        });
    }

    /** Takes a message, then never answers. */
    public static SmtpBehaviour acceptThenHang() {
        return new SmtpBehaviour("acceptThenHang", SmtpPhase.DOT, session -> {
            session.accept();
            session.awaitEnd();
        });
    }

    /** Takes a message, then ends the connection without an answer. */
    public static SmtpBehaviour acceptThenClose() {
        return new SmtpBehaviour("acceptThenClose", SmtpPhase.DOT, session -> {
            session.accept();
            session.close();
        });
    }

    /** Takes a message, then resets the connection. */
    public static SmtpBehaviour acceptThenReset() {
        return new SmtpBehaviour("acceptThenReset", SmtpPhase.DOT, session -> {
            session.accept();
            session.reset();
        });
    }

    /** Takes a message, then says so one byte at a time with a pause after each. */
    public static SmtpBehaviour acceptThenDrip(Duration pause) {
        notNegative("pause", pause);
        return new SmtpBehaviour("acceptThenDrip", SmtpPhase.DOT, session -> session.drip(session.accept(), pause));
    }

    /** Takes a message, then answers with a reply that never ends. */
    public static SmtpBehaviour acceptThenFlood() {
        return new SmtpBehaviour("acceptThenFlood", SmtpPhase.DOT, session -> {
            session.accept();
            session.flood("250-and so on\r\n");
        });
    }

    /**
     * Answers so in a phase. A message that is answered so is not taken, and a 421 ends the session.
     *
     * @param reply such as {@code 550 5.1.1 no such user}; several lines are parted by CRLF
     */
    public static SmtpBehaviour answer(SmtpPhase phase, String reply) {
        return new SmtpBehaviour("answer " + phase, phase, session -> {
            session.reply(reply);
            if (reply.startsWith("421")) {
                session.close();
            }
        });
    }

    /** Answers in a phase one byte at a time with a pause after each. */
    public static SmtpBehaviour drip(SmtpPhase phase, String reply, Duration pause) {
        notNegative("pause", pause);
        return new SmtpBehaviour("drip " + phase, phase, session -> session.drip(reply, pause));
    }

    /** Answers in a phase with a reply that never ends, made of these words over and over. */
    public static SmtpBehaviour flood(SmtpPhase phase, String words) {
        return new SmtpBehaviour("flood " + phase, phase, session -> session.flood(words));
    }

    /** Never answers in a phase. A message that has come is not taken. */
    public static SmtpBehaviour hang(SmtpPhase phase) {
        return new SmtpBehaviour("hang " + phase, phase, session -> session.awaitEnd());
    }

    /** Ends the connection in a phase without an answer. A message that has come is not taken. */
    public static SmtpBehaviour close(SmtpPhase phase) {
        return new SmtpBehaviour("close " + phase, phase, session -> session.close());
    }

    /** Resets the connection in a phase. A message that has come is not taken. */
    public static SmtpBehaviour reset(SmtpPhase phase) {
        return new SmtpBehaviour("reset " + phase, phase, session -> session.reset());
    }

    /** Resets the connection when so many bytes of the message have come, and does not take it. */
    public static SmtpBehaviour resetInBody(int bytes) {
        return new SmtpBehaviour("resetInBody", SmtpPhase.BODY, session -> {
            session.skip(bytes);
            session.reset();
        });
    }

    /** Asks for the message and then reads nothing more, so that a large one cannot be written to its end. */
    public static SmtpBehaviour stopReading() {
        return new SmtpBehaviour("stopReading", SmtpPhase.BODY, session -> session.pause(Duration.ofDays(1)));
    }

    /**
     * Refuses connections and ends those that are open. Only for {@link LoopbackSmtp#behave}: it ends when another
     * behaviour is set.
     */
    public static SmtpBehaviour refuseConnections() {
        return REFUSE;
    }

    private static void notNegative(String field, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(field + " is " + value + ": zero or more is needed");
        }
    }

    /** Returns the name, such as {@code hang DATA}. */
    @Override
    public String toString() {
        return name;
    }
}
