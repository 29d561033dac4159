package io.mailrouter.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.mailrouter.health.Order;
import io.mailrouter.redis.Backlog.Batch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one command of an exchange: by its digest, or in full where the server has forgotten it. */
final class FleetScript {

    private final String text;
    private final String digest;
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
        this.text = load();
        this.digest = sha1(text);
        this.keys = keys;
        this.node = node;
        this.tauMillis = Long.toString(tau.toMillis());
        this.expiryMillis = Long.toString(expiry.toMillis());
    }

    /**
     * Exchanges one batch for what the fleet knows. Blocks at most for the time-out, twice where the server has
     * forgotten the script.
     *
     * @throws TimeoutException when no answer came in time; the script may still run
     * @throws ExecutionException when the server or the connection failed
     */
    FleetReply run(
            RedisAsyncCommands<String, String> redis, Batch batch, Orders orders, boolean leaves, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        String[] names = keys.ofExchange(node, batch.deltas().keySet());
        String[] values = values(batch, orders, leaves);
        List<Object> answer;
        try {
            answer = await(redis.evalsha(digest, ScriptOutputType.MULTI, names, values), timeout);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof RedisNoScriptException)) {
                throw e;
            }
            answer = await(redis.eval(text, ScriptOutputType.MULTI, names, values), timeout);
        }
        return FleetReply.of(answer, batch.deltas().keySet(), keys);
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

    private static List<Object> await(Future<List<Object>> answer, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            answer.cancel(false);
        }
    }

    private static String load() {
        try (InputStream script = FleetScript.class.getResourceAsStream("fleet-sync.lua")) {
            if (script == null) {
                throw new IllegalStateException("fleet-sync.lua is missing in the jar of mailrouter-redis");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
