package io.mailrouter.benchmarks.sending;

/** One way to send an email. Safe to share between threads. */
interface Sending extends AutoCloseable {

    /** Sends a letter, all the way from its values to the service's answer. Throws unless the service has taken it. */
    void send(Letter letter) throws Exception;

    @Override
    void close();
}
