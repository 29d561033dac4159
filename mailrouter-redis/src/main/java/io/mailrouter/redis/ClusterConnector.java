package io.mailrouter.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode.NodeFlag;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Connects to a cluster, each time with what its nodes say of it now. Leaves the client open, for whoever has made it.
 */
final class ClusterConnector implements Connector {

    /** How long one node may take. */
    static final Duration NODE_PATIENCE = Duration.ofSeconds(1);

    private final RedisClusterClient client;
    private final Function<List<RedisURI>, CompletableFuture<?>> reach;
    private volatile List<RedisURI> known;

    ClusterConnector(RedisClusterClient client) {
        this(client, List.of(), none -> CompletableFuture.completedFuture(none));
    }

    /**
     * Prepares to connect where a cluster's client may not be asked in vain, for it logs a warning for each node.
     *
     * @param seeds where some nodes are
     * @param reach ends when one of some nodes has answered, or fails
     */
    ClusterConnector(
            RedisClusterClient client, List<RedisURI> seeds, Function<List<RedisURI>, CompletableFuture<?>> reach) {
        this.client = client;
        this.known = seeds;
        this.reach = reach;
    }

    /** A frozen node is waited for before the others are believed. */
    @Override
    public Duration patience() {
        return NODE_PATIENCE.multipliedBy(4);
    }

    @Override
    public CompletableFuture<Connected> connect() {
        return reach.apply(known)
                .thenCompose(one -> client.refreshPartitionsAsync())
                .thenCompose(all -> client.connectAsync(StringCodec.UTF8))
                .thenCompose(this::reached);
    }

    /** Connects to all masters, for what is sent while a connection is only being made is refused. */
    private CompletableFuture<Connected> reached(StatefulRedisClusterConnection<String, String> made) {
        known = client.getPartitions().stream().map(RedisClusterNode::getUri).collect(Collectors.toUnmodifiableList());
        CompletableFuture<?>[] masters = client.getPartitions().stream()
                .filter(node -> node.is(NodeFlag.UPSTREAM) && !node.is(NodeFlag.FAIL) && !node.hasNoSlots())
                .map(RedisClusterNode::getUri)
                .map(uri -> made.getConnectionAsync(uri.getHost(), uri.getPort())
                        .handle((connection, failure) -> failure == null)
                        .completeOnTimeout(false, NODE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS))
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(masters).thenApply(all -> new Connected(made, made.async()));
    }

    @Override
    public CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard) {
        return client.connectPubSubAsync(StringCodec.UTF8).thenCompose(made -> Hints.subscribed(made, channel, heard));
    }

    @Override
    public void close() {}
}
