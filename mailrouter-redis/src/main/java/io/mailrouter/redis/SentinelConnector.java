package io.mailrouter.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

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
        return Race.first(places.stream().map(this::ask).collect(Collectors.toList()))
                .thenApply(address -> servers.apply(address.get(0), Integer.parseInt(address.get(1))));
    }

    /** Not by a sentinel connection of Lettuce: that logs a warning with each attempt that fails. */
    private CompletableFuture<List<String>> ask(RedisURI place) {
        return sentinels
                .connectAsync(StringCodec.UTF8, place)
                .toCompletableFuture()
                .thenCompose(sentinel -> answer(sentinel).whenComplete((address, failure) -> close(sentinel)))
                .exceptionallyCompose(
                        failure -> CompletableFuture.failedFuture(SentinelException.of(reason.apply(failure))));
    }

    private CompletableFuture<List<String>> answer(StatefulRedisConnection<String, String> sentinel) {
        CommandArgs<String, String> question = new CommandArgs<>(StringCodec.UTF8)
                .add("get-master-addr-by-name")
                .add(master);
        return sentinel.async()
                .dispatch(CommandType.SENTINEL, new ValueListOutput<>(StringCodec.UTF8), question)
                .toCompletableFuture()
                .orTimeout(patience().toNanos(), TimeUnit.NANOSECONDS)
                .thenCompose(address -> address.size() == 2
                        ? CompletableFuture.completedFuture(address)
                        : CompletableFuture.failedFuture(SentinelException.unknownMaster()));
    }

    private static void close(StatefulConnection<String, String> sentinel) {
        CompletableFuture<Void> unused = sentinel.closeAsync();
    }

    @Override
    public void close() {}
}
