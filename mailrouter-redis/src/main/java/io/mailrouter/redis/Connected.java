package io.mailrouter.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;

/** A connection that was made, and the commands that run on it. */
record Connected(StatefulConnection<String, String> wire, RedisClusterAsyncCommands<String, String> commands) {}
