package io.mailrouter.redis;

import io.lettuce.core.api.StatefulConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Makes connections to one Redis, be it a server or a cluster. Safe to share between threads; only the end blocks. */
interface Connector {

    /** Returns how long a connection may take to stand, from the name's look-up to the first answer. */
    Duration patience();

    /** Begins to connect, without waiting. */
    CompletableFuture<Connected> connect();

    /**
     * Begins to make a connection that only hears what is published on a channel, without waiting.
     *
     * @param heard told of each message, on a thread that must not be held up
     */
    CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard);

    /** Ends what is ours. Blocks for a bounded time. */
    void close();
}
