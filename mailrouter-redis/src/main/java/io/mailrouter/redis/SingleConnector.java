package io.mailrouter.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Connects to the server at one address. Leaves the client open, for whoever has made it. */
final class SingleConnector implements Connector {

    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final RedisClient client;
    private final RedisURI uri;

    SingleConnector(RedisClient client, RedisURI uri) {
        this.client = client;
        this.uri = uri;
    }

    @Override
    public Duration patience() {
        return PATIENCE;
    }

    @Override
    public CompletableFuture<Connected> connect() {
        return client.connectAsync(StringCodec.UTF8, uri)
                .toCompletableFuture()
                .thenApply(made -> new Connected(made, made.async()));
    }

    @Override
    public CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard) {
        return client.connectPubSubAsync(StringCodec.UTF8, uri)
                .toCompletableFuture()
                .thenCompose(made -> Hints.subscribed(made, channel, heard));
    }

    @Override
    public void close() {}
}
