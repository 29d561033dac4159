package io.mailrouter.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of a fleet to Redis. Used by one thread, which passes the commands of a standing connection on to
 * others.
 *
 * <p>It never repeats a command: a connection that was lost stays lost, with all that was under way, and the next one
 * begins with nothing. Whoever sends decides what is sent again.
 */
final class Link {

    /** A shard that nobody has taken over must not cost a connection to all others at every call. */
    static final Duration RENEWAL_PAUSE = Duration.ofSeconds(2);

    private final Connector connector;
    private @Nullable Connected connection;
    private @Nullable Connected retired;
    private boolean worn;
    private long madeAt;

    Link(Connector connector) {
        this.connector = connector;
    }

    /**
     * Returns the commands of a standing connection, made now if there is none.
     *
     * @param atMost how long to wait for a connection
     * @param giveUp ends the waiting when it completes
     */
    RedisClusterAsyncCommands<String, String> commands(Duration atMost, CompletableFuture<Void> giveUp)
            throws InterruptedException, ExecutionException, TimeoutException {
        retire();
        Connected standing = connection;
        if (standing != null && !standing.wire().isOpen()) {
            drop();
            standing = null;
        }
        if (standing != null && !worn) {
            return standing.commands();
        }
        Connected next = connect(atMost, giveUp);
        retired = standing;
        connection = next;
        madeAt = System.nanoTime();
        worn = false;
        return next.commands();
    }

    /**
     * Notes that a part of the connection is lost, of which one to a cluster has several: another one takes its place
     * with the next call, and what is under way on this one has until the call after that. Does nothing soon after it
     * was made, for what is lost then is not to be had.
     */
    void renew() {
        worn = System.nanoTime() - madeAt > RENEWAL_PAUSE.toNanos();
    }

    private void retire() {
        if (retired != null) {
            closeSoon(retired);
            retired = null;
        }
    }

    private Connected connect(Duration atMost, CompletableFuture<Void> giveUp)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<Connected> connecting = connector.connect();
        try {
            CompletableFuture.anyOf(connecting, giveUp).get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            if (!connecting.isDone()) {
                throw new TimeoutException("closing");
            }
            return connecting.get();
        } catch (TimeoutException | InterruptedException e) {
            // A connection that comes after all is wanted by nobody.
            CompletableFuture<Void> unused = connecting.thenAccept(Link::closeSoon);
            throw e;
        }
    }

    private static void closeSoon(Connected unwanted) {
        CompletableFuture<Void> unused = unwanted.wire().closeAsync();
    }

    boolean stands() {
        return connection != null && connection.wire().isOpen();
    }

    /**
     * Gives up the connection with all that is under way on it. Asks nothing of the server, so it blocks for 1 s at
     * most.
     */
    void drop() throws InterruptedException {
        drop(CompletableFuture.completedFuture(null));
    }

    /** Waits for another end as well, as long. */
    void drop(CompletableFuture<Void> other) throws InterruptedException {
        retire();
        CompletableFuture<Void> closed = connection == null
                ? other
                : CompletableFuture.allOf(connection.wire().closeAsync(), other);
        connection = null;
        try {
            closed.get(1, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // It is nobody's connection any more, whatever becomes of it.
        }
    }
}
