package io.mailrouter.benchmarks.smtp;

import jakarta.mail.MessagingException;

/** One way to hand mail to a server at a port of the loopback. Safe to share between threads. */
interface Contender extends AutoCloseable {

    /** Makes an email of the letter, and returns when the server has accepted it. */
    void send(Letter letter) throws Exception;

    @Override
    default void close() throws MessagingException {}
}
