package io.mailrouter.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.mailrouter.provider.Secret;
import io.netty.channel.Channel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The client that is ours, with its threads, for one server, for sentinels or for a cluster.
 *
 * <p>It never repeats a command and queues few: a connection that was lost stays lost, with all that was under way.
 */
final class OwnClient implements Connector {

    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);

    /** More than a busy node has under way at a time; what comes on top is refused at once. */
    private static final int MAX_COMMANDS = 1_024;

    /** A slot that is being moved is found at the second attempt, a cluster at odds with itself at none. */
    private static final int MAX_REDIRECTS = 3;

    /** That another has taken a frozen master's place is told by nobody. */
    private static final Duration REFRESH_EVERY = Duration.ofSeconds(30);

    private final AtomicReference<@Nullable String> refusal = new AtomicReference<>();
    private final Optional<Path> trusted;
    private ClientResources resources;
    private final Connector connector;
    private Runnable shutdown = () -> {};

    /**
     * Opens a client, which does not connect yet.
     *
     * @param trusted whose certificates are trusted; those that the JVM trusts if empty
     */
    OwnClient(RedisAddress address, Optional<Secret> sentinelPassword, Optional<Path> trusted) {
        this.trusted = trusted;
        this.resources = ClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .threadFactoryProvider(pool -> new DefaultThreadFactory("mailrouter-redis-" + pool, true))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .nettyCustomizer(login(address.user(), address.password(), refusal))
                .build();
        this.connector = switch (address.kind()) {
            case SINGLE -> single(address);
            case SENTINEL -> sentinel(address, sentinelPassword);
            case CLUSTER -> cluster(address);
        };
    }

    private static NettyCustomizer login(
            String user, Optional<Secret> password, AtomicReference<@Nullable String> refusal) {
        return new NettyCustomizer() {
            @Override
            public void afterChannelInitialized(Channel channel) {
                password.ifPresent(secret -> new Login(user, secret, refusal::set).join(channel));
            }
        };
    }

    private Connector single(RedisAddress address) {
        RedisAddress.Place place = address.places().get(0);
        return new SingleConnector(
                client(resources, SingleConnector.PATIENCE),
                uri(address, place.host(), place.port(), SingleConnector.PATIENCE));
    }

    private Connector sentinel(RedisAddress address, Optional<Secret> password) {
        RedisClient servers = client(resources, SingleConnector.PATIENCE);
        AtomicReference<@Nullable String> refused = new AtomicReference<>();
        // The same threads, but another login. Of the two, Lettuce wants this one to be shut down.
        resources =
                resources.mutate().nettyCustomizer(login("", password, refused)).build();
        RedisClient sentinels = client(resources, SingleConnector.PATIENCE);
        return new SentinelConnector(
                sentinels,
                uris(address, SingleConnector.PATIENCE),
                address.master(),
                (host, port) -> new SingleConnector(servers, uri(address, host, port, SingleConnector.PATIENCE)),
                failure -> because(refused, failure));
    }

    private Connector cluster(RedisAddress address) {
        Duration patience = ClusterConnector.NODE_PATIENCE;
        List<RedisURI> seeds = uris(address, patience);
        RedisClient single = client(resources, patience);
        RedisClusterClient client = RedisClusterClient.create(resources, seeds);
        client.setOptions(ClusterClientOptions.builder(options(patience))
                .maxRedirects(MAX_REDIRECTS)
                .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .enablePeriodicRefresh(REFRESH_EVERY)
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(2))
                        .build())
                .build());
        endWith(() -> client.shutdown(Duration.ZERO, SHUTDOWN_TIMEOUT));
        return new ClusterConnector(
                client,
                seeds,
                nodes -> Race.first(nodes.stream()
                        .map(node -> new SingleConnector(single, node)
                                .connect()
                                .thenCompose(made -> made.wire().closeAsync()))
                        .collect(Collectors.toList())));
    }

    private RedisClient client(ClientResources threads, Duration patience) {
        RedisClient client = RedisClient.create(threads);
        client.setOptions(options(patience));
        endWith(() -> client.shutdown(Duration.ZERO, SHUTDOWN_TIMEOUT));
        return client;
    }

    private void endWith(Runnable more) {
        Runnable before = shutdown;
        shutdown = () -> {
            more.run();
            before.run();
        };
    }

    private static List<RedisURI> uris(RedisAddress address, Duration patience) {
        return address.places().stream()
                .map(place -> uri(address, place.host(), place.port(), patience))
                .collect(Collectors.toUnmodifiableList());
    }

    private static RedisURI uri(RedisAddress address, String host, int port, Duration patience) {
        String unbracketed = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        RedisURI.Builder builder = RedisURI.Builder.redis(unbracketed, port)
                .withDatabase(address.database())
                .withSsl(address.tls())
                .withTimeout(patience);
        return address.tls() ? builder.withVerifyPeer(SslVerifyMode.FULL).build() : builder.build();
    }

    private ClientOptions options(Duration patience) {
        SslOptions.Builder ssl = SslOptions.builder().handshakeTimeout(patience);
        trusted.ifPresent(pem -> ssl.trustManager(pem.toFile()));
        return ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .requestQueueSize(MAX_COMMANDS)
                .pingBeforeActivateConnection(true)
                .protocolVersion(ProtocolVersion.RESP2)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(patience)
                        .keepAlive(true)
                        .build())
                .sslOptions(ssl.build())
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .build();
    }

    @Override
    public Duration patience() {
        return connector.patience();
    }

    @Override
    public CompletableFuture<Connected> connect() {
        return connector
                .connect()
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(because(refusal, failure)));
    }

    /** Of a refused login Lettuce only knows that the connection was closed. */
    private static Throwable because(AtomicReference<@Nullable String> refusal, Throwable failure) {
        String error = refusal.getAndSet(null);
        return error == null ? failure : new LoginRefusedException(error);
    }

    @Override
    public CompletableFuture<StatefulConnection<String, String>> listen(String channel, Runnable heard) {
        return connector.listen(channel, heard);
    }

    /** Ends the client, its connections and its threads. */
    @Override
    public void close() {
        try {
            shutdown.run();
        } finally {
            resources
                    .shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
