package io.mailrouter.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Connects to the server that sentinels take for the master now.
 *
 * <p>All sentinels are asked at once and the first that knows is believed, so that one that is frozen costs nothing.
 */
final class SentinelConnector implements Connector {

    private final RedisClient sentinels;
    private final List<RedisURI> places;
    private final String master;
    private final BiFunction<String, Integer, Connector> servers;
    private final UnaryOperator<Throwable> reason;

    /**
     * Prepares to ask.
     *
     * @param places where the sentinels are
     * @param master what they call the master
     * @param servers connects to the server at a host and port
     * @param reason says why an attempt has failed, for who knows more than the failure itself
     */
    SentinelConnector(
            RedisClient sentinels,
            List<RedisURI> places,
            String master,
            BiFunction<String, Integer, Connector> servers,
            UnaryOperator<Throwable> reason) {
        this.sentinels = sentinels;
        this.places = List.copyOf(places);
        this.master = master;
        this.servers = servers;
        this.reason = reason;
    }

    @Override
    public Duration patience() {
        return SingleConnector.PATIENCE;
    }

    @Override
    public CompletableFuture<Connected> connect() {
        return server().thenCompose(Connector::connect);
    }

    @Override
    public CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard) {
        return server().thenCompose(server -> server.listen(channel, heard));
    }

    private CompletableFuture<Connector> server() {
        CompletableFuture<Connector> server = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger(places.size());
        for (RedisURI place : places) {
            CompletableFuture<Boolean> unused = ask(place).handle((address, failure) -> {
                if (address instanceof InetSocketAddress known) {
                    server.complete(servers.apply(known.getHostString(), known.getPort()));
                } else if (asked.decrementAndGet() == 0) {
                    server.completeExceptionally(new SentinelException(failure == null ? null : reason.apply(failure)));
                }
                return true;
            });
        }
        return server;
    }

    private CompletableFuture<SocketAddress> ask(RedisURI place) {
        return sentinels
                .connectSentinelAsync(StringCodec.UTF8, place)
                .thenCompose(sentinel -> answer(sentinel).whenComplete((address, failure) -> close(sentinel)));
    }

    private CompletableFuture<SocketAddress> answer(StatefulRedisSentinelConnection<String, String> sentinel) {
        return sentinel.async()
                .getMasterAddrByName(master)
                .toCompletableFuture()
                .orTimeout(patience().toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void close(StatefulConnection<String, String> sentinel) {
        CompletableFuture<Void> unused = sentinel.closeAsync();
    }

    @Override
    public void close() {}
}
