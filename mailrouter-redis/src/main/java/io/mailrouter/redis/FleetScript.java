package io.mailrouter.redis;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.mailrouter.health.Order;
import io.mailrouter.redis.Backlog.Batch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one command of an exchange. */
final class FleetScript {

    private final Script script = Script.named("fleet-sync.lua");
    private final FleetKeys keys;
    private final String node;
    private final String tauMillis;
    private final String expiryMillis;

    /** The orders that go with a batch, each as the script reads it; empty for none. */
    @FunctionalInterface
    interface Orders {
        String argument(String provider, Order.Topic topic);
    }

    FleetScript(FleetKeys keys, String node, Duration tau, Duration expiry) {
        this.keys = keys;
        this.node = node;
        this.tauMillis = Long.toString(tau.toMillis());
        this.expiryMillis = Long.toString(expiry.toMillis());
    }

    /**
     * Exchanges one batch for what the fleet knows. Blocks at most for the time-out.
     *
     * @throws TimeoutException when no answer came in time; the script may still run
     * @throws ExecutionException when the server or the connection failed
     */
    FleetReply run(
            RedisClusterAsyncCommands<String, String> redis,
            Batch batch,
            Orders orders,
            boolean leaves,
            Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        String[] names = keys.ofExchange(node, batch.deltas().keySet());
        String[] values = values(batch, orders, leaves);
        List<Object> answer = await(script.run(redis, names, values), timeout);
        return FleetReply.of(answer, batch.deltas().keySet(), keys, System.nanoTime(), node);
    }

    private String[] values(Batch batch, Orders orders, boolean leaves) {
        List<String> values = new ArrayList<>();
        values.add(node);
        values.add(Long.toString(batch.sequence()));
        values.add(leaves ? "1" : "0");
        values.add(tauMillis);
        values.add(expiryMillis);
        batch.deltas().forEach((provider, deltas) -> {
            values.addAll(deltas.arguments());
            for (Order.Topic topic : Order.Topic.values()) {
                values.add(orders.argument(provider, topic));
            }
        });
        return values.toArray(String[]::new);
    }

    static List<Object> await(Future<List<Object>> answer, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            answer.cancel(false);
        }
    }
}
