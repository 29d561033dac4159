package io.mailrouter.benchmarks.sending;

/** How many connections each contender may have. */
final class Pool {

    /** As many as there are ever senders, so that none waits for a connection. */
    static final int SIZE = 256;

    private Pool() {}
}
