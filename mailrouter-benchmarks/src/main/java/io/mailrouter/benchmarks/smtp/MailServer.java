package io.mailrouter.benchmarks.smtp;

/** A server that takes all mail, at a free port of the loopback. */
interface MailServer {

    int port();

    /** Forgets all mail so far, so that no turn pays for the one before. */
    void purge() throws Exception;
}
