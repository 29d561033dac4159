package io.mailrouter.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Hears that another node has changed something, on a connection of its own. Used by one thread.
 *
 * <p>Without it nothing is missed: what was changed is read with the next exchange, only later.
 */
final class Hints {

    /** Whoever could not listen, or does no longer, tries again after this. */
    static final Duration PAUSE = Duration.ofSeconds(2);

    /** Who must not listen is asked for rarely, for a permission is given by hand. */
    static final Duration REFUSED_PAUSE = Duration.ofMinutes(1);

    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(10);

    private final Connector connector;
    private final String channel;
    private final Runnable heard;
    private final Logger log;
    private final LongSupplier nanoTime;
    private @Nullable CompletableFuture<StatefulConnection<String, String>> listening;
    private long triedAt;
    private boolean told;

    /** @param heard told of each message, on a thread that must not be held up */
    Hints(Connector connector, String channel, Runnable heard, Logger log, LongSupplier nanoTime) {
        this.connector = connector;
        this.channel = channel;
        this.heard = heard;
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** Returns a connection once it listens; closes it if it must not, or is not told within 10 s that it does. */
    static CompletableFuture<StatefulConnection<String, String>> subscribed(
            StatefulRedisPubSubConnection<String, String> connection, String channel, Runnable heard) {
        connection.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String on, String message) {
                heard.run();
            }
        });
        return connection
                .async()
                .subscribe(channel)
                .toCompletableFuture()
                .<StatefulConnection<String, String>>thenApply(subscribed -> connection)
                // A client that connects again by itself may never say what became of the command.
                .orTimeout(ANSWERS_WITHIN.toSeconds(), TimeUnit.SECONDS)
                .whenComplete((subscribed, failure) -> {
                    if (failure != null) {
                        closeSoon(connection);
                    }
                });
    }

    /** Sees to it that this node listens, where it does not. Called while Redis answers; does not wait. */
    void listen() {
        CompletableFuture<StatefulConnection<String, String>> now = listening;
        if (now != null && !isOver(now)) {
            return;
        }
        if (now != null) {
            CompletableFuture<Void> unused = drop();
        }
        triedAt = nanoTime.getAsLong();
        listening = begin();
    }

    /** A client that cannot even begin, for the application has ended it, is no reason to exchange no longer. */
    private CompletableFuture<StatefulConnection<String, String>> begin() {
        try {
            return connector.listen(channel, heard);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Says whether the next attempt is due: this one has failed, or its connection is lost, or it takes too long. */
    private boolean isOver(CompletableFuture<StatefulConnection<String, String>> attempt) {
        Duration since = Duration.ofNanos(nanoTime.getAsLong() - triedAt);
        if (!attempt.isDone()) {
            return since.compareTo(connector.patience().multipliedBy(2)) > 0;
        }
        boolean refused = false;
        try {
            if (attempt.join().isOpen()) {
                return false;
            }
        } catch (CompletionException | CancellationException e) {
            refused = Trouble.isRefusal(e);
            tell(refused, e);
        }
        return since.compareTo(refused ? REFUSED_PAUSE : PAUSE) > 0;
    }

    private void tell(boolean refused, RuntimeException failure) {
        if (refused && !told) {
            told = true;
            log.info(
                    "This node must not listen on {} (NOPERM), so it hears of others only when it exchanges: allow"
                            + " SUBSCRIBE to hear of them at once",
                    channel);
        } else if (!refused) {
            log.debug("This node does not listen on {}: {}", channel, Trouble.of(failure));
        }
    }

    /**
     * Ends listening, until it is asked for again. Does not wait.
     *
     * @return ends when it has ended
     */
    CompletableFuture<Void> drop() {
        CompletableFuture<StatefulConnection<String, String>> now = listening;
        listening = null;
        return now == null ? CompletableFuture.completedFuture(null) : now.thenCompose(StatefulConnection::closeAsync);
    }

    private static void closeSoon(StatefulConnection<String, String> connection) {
        CompletableFuture<Void> unused = connection.closeAsync();
    }
}
