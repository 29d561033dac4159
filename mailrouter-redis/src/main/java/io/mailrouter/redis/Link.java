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
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Our one connection to Redis, and the client that makes it. Used by one thread, which passes the commands of a standing
 * connection on to others.
 *
 * <p>It never repeats a command: a connection that was lost stays lost, with all that was under way, and the next one
 * begins with nothing. Whoever sends decides what is sent again.
 */
final class Link {

    /** How long a connection may take to stand, from the name's look-up to the first answer. */
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(2);

    /** More than a busy node has under way at a time; what comes on top is refused at once. */
    private static final int MAX_COMMANDS = 1_024;

    private final RedisURI uri;
    private final ClientResources resources;
    private final RedisClient client;
    private final AtomicReference<@Nullable String> refusal = new AtomicReference<>();
    private @Nullable StatefulRedisConnection<String, String> connection;

    Link(RedisAddress address, Optional<Path> trusted) {
        this.uri = uri(address);
        this.resources = ClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .threadFactoryProvider(pool -> new DefaultThreadFactory("mailrouter-redis-" + pool, true))
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        address.password()
                                .ifPresent(password -> new Login(address.user(), password, refusal::set).join(channel));
                    }
                })
                .build();
        this.client = RedisClient.create(resources);
        this.client.setOptions(options(trusted));
    }

    private static RedisURI uri(RedisAddress address) {
        RedisURI.Builder builder = RedisURI.Builder.redis(unbracketed(address.host()), address.port())
                .withDatabase(address.database())
                .withSsl(address.tls())
                .withTimeout(CONNECT_TIMEOUT);
        return address.tls() ? builder.withVerifyPeer(SslVerifyMode.FULL).build() : builder.build();
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static ClientOptions options(Optional<Path> trusted) {
        SslOptions.Builder ssl = SslOptions.builder().handshakeTimeout(CONNECT_TIMEOUT);
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
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build())
                .sslOptions(ssl.build())
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .build();
    }

    /**
     * Returns the commands of a standing connection, made now if there is none.
     *
     * @param atMost how long to wait for a connection, and never longer than 2 s
     * @param giveUp ends the waiting when it completes
     */
    RedisClusterAsyncCommands<String, String> commands(Duration atMost, CompletableFuture<Void> giveUp)
            throws InterruptedException, ExecutionException, TimeoutException, LoginRefusedException {
        StatefulRedisConnection<String, String> standing = connection;
        if (standing == null || !standing.isOpen()) {
            drop();
            standing = connect(atMost, giveUp);
            connection = standing;
        }
        return standing.async();
    }

    private StatefulRedisConnection<String, String> connect(Duration atMost, CompletableFuture<Void> giveUp)
            throws InterruptedException, ExecutionException, TimeoutException, LoginRefusedException {
        refusal.set(null);
        CompletableFuture<StatefulRedisConnection<String, String>> connecting =
                client.connectAsync(StringCodec.UTF8, uri).toCompletableFuture();
        try {
            CompletableFuture.anyOf(connecting, giveUp).get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            if (!connecting.isDone()) {
                throw new TimeoutException("closing");
            }
            return connecting.get();
        } catch (ExecutionException e) {
            String error = refusal.get();
            if (error != null) {
                throw new LoginRefusedException(error);
            }
            throw e;
        } catch (TimeoutException | InterruptedException e) {
            // A connection that comes after all is wanted by nobody.
            CompletableFuture<Void> unused = connecting.thenAccept(Link::closeSoon);
            throw e;
        }
    }

    private static void closeSoon(StatefulRedisConnection<String, String> unwanted) {
        CompletableFuture<Void> unused = unwanted.closeAsync();
    }

    boolean stands() {
        return connection != null && connection.isOpen();
    }

    /**
     * Gives up the connection with all that is under way on it. Asks nothing of the server, so it blocks for 1 s at
     * most.
     */
    void drop() throws InterruptedException {
        if (connection == null) {
            return;
        }
        CompletableFuture<Void> closed = connection.closeAsync();
        connection = null;
        try {
            closed.get(1, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // It is nobody's connection any more, whatever becomes of it.
        }
    }

    /** Ends the client and its threads. Blocks for a bounded time. */
    void close() {
        try {
            // Closes the connection as well.
            client.shutdown(Duration.ZERO, SHUTDOWN_TIMEOUT);
        } finally {
            resources
                    .shutdown(0, SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(SHUTDOWN_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
