package io.mailrouter.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandType;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A client that the application has made and will close.
 *
 * @param where hosts and ports, fit for a log
 * @param connector connects through it
 */
record UserClient(String where, Connector connector) {

    static UserClient of(RedisClient client, RedisURI uri) {
        check(client.getOptions());
        return new UserClient(where(uri), new SingleConnector(client, uri));
    }

    static UserClient of(RedisClusterClient client) {
        check(client.getOptions());
        return new UserClient("the cluster of the given client", new ClusterConnector(client));
    }

    private static String where(RedisURI uri) {
        if (uri.getSentinels().isEmpty()) {
            return uri.getHost() + ":" + uri.getPort();
        }
        return uri.getSentinels().stream()
                        .map(sentinel -> sentinel.getHost() + ":" + sentinel.getPort())
                        .collect(Collectors.joining(","))
                + "#" + uri.getSentinelMasterId();
    }

    /** Late is as bad as twice: whoever waited for a command has long gone on without it. */
    private static void check(ClientOptions options) {
        if (options.isAutoReconnect() && !dropsOurs(options)) {
            throw new IllegalArgumentException("client would send commands again after a reconnect: set its option"
                    + " autoReconnect(false), or replayFilter(command -> true)");
        }
        if (options.isAutoReconnect() && options.getDisconnectedBehavior() != DisconnectedBehavior.REJECT_COMMANDS) {
            throw new IllegalArgumentException("client would keep commands until it reconnects: set its option"
                    + " disconnectedBehavior(REJECT_COMMANDS), or autoReconnect(false)");
        }
        if (options.getRequestQueueSize() == Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "client would queue without bound: set its option requestQueueSize, such as to 1024");
        }
    }

    private static boolean dropsOurs(ClientOptions options) {
        return Stream.of(CommandType.EVALSHA, CommandType.EVAL)
                .map(type -> new Command<>(type, new NestedMultiOutput<>(StringCodec.UTF8)))
                .allMatch(options.getReplayFilter());
    }
}
