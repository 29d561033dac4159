package io.mailrouter.examples.runner;

import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.provider.Secret;
import io.mailrouter.redis.RedisFleet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What all runners of a fleet share through Redis: what they learn, and which messages were sent.
 *
 * @param uri where Redis is; empty for a node that knows only what it sees itself
 * @param namespace the fleet's name
 * @param suppressionKey what the addresses of the suppression list are hashed with; empty for no list
 * @param onFailure what to do with a message while Redis is away
 */
record RedisUse(Optional<Secret> uri, String namespace, Optional<Secret> suppressionKey, StoreFailure onFailure) {

    /** As long as SQS may keep a message. */
    private static final Duration SENT_KEPT = Duration.ofDays(14);

    /** Nobody waits for a queue's emails, and the first questions of a JVM that has just begun take longer than 50 ms. */
    private static final Duration STORE_TIME = Duration.ofSeconds(1);

    private static final int LEAST_KEY = 16;

    static RedisUse of(Environment env) {
        Optional<Secret> uri = uri(env);
        return new RedisUse(
                uri,
                namespace(env),
                suppressionKey(env, uri.isPresent()),
                env.choice(
                        "MAILROUTER_STORE_FAILURE",
                        StoreFailure.SEND,
                        Map.of("send", StoreFailure.SEND, "hold", StoreFailure.HOLD)));
    }

    private static Optional<Secret> uri(Environment env) {
        Optional<String> uri = env.text("MAILROUTER_REDIS_URI");
        try {
            uri.ifPresent(text -> RedisFleet.builder().uri(text));
            return uri.map(Secret::of);
        } catch (IllegalArgumentException e) {
            env.problem(
                    "MAILROUTER_REDIS_URI is malformed: " + e.getMessage() + ", e.g. rediss://redis.example.com:6380");
            return Optional.empty();
        }
    }

    private static String namespace(Environment env) {
        String namespace = env.text("MAILROUTER_REDIS_NAMESPACE").orElse("default");
        try {
            RedisFleet.builder().namespace(namespace);
        } catch (IllegalArgumentException e) {
            env.problem("MAILROUTER_REDIS_NAMESPACE is malformed: " + e.getMessage() + ", e.g. shop-production");
        }
        return namespace;
    }

    private static Optional<Secret> suppressionKey(Environment env, boolean withRedis) {
        Optional<String> key = env.secret("MAILROUTER_SUPPRESSION_KEY");
        if (key.isPresent() && !withRedis) {
            env.problem(
                    "MAILROUTER_SUPPRESSION_KEY needs Redis: set MAILROUTER_REDIS_URI, e.g. redis://localhost:6379");
        }
        if (key.filter(text -> text.getBytes(StandardCharsets.UTF_8).length < LEAST_KEY)
                .isPresent()) {
            env.problem("MAILROUTER_SUPPRESSION_KEY is too short: at least " + LEAST_KEY
                    + " bytes are needed, e.g. what openssl rand -hex 32 prints");
            return Optional.empty();
        }
        try {
            return key.map(Secret::of);
        } catch (IllegalArgumentException e) {
            env.problem(
                    "MAILROUTER_SUPPRESSION_KEY is malformed: it holds a control character, e.g. a line end inside");
            return Optional.empty();
        }
    }

    /** Lets a service use what is shared, if anything is. */
    void to(EmailServiceBuilder service) {
        uri.map(Secret::reveal).ifPresent(text -> {
            RedisFleet fleet =
                    RedisFleet.builder().uri(text).namespace(namespace).build();
            service.fleet(fleet)
                    .idempotency(
                            fleet.idempotencyStore(keep -> keep.sent(SENT_KEPT).unclear(SENT_KEPT)),
                            use -> use.onStoreFailure(onFailure).storeTime(STORE_TIME));
            suppressionKey.ifPresent(
                    key -> service.suppression(fleet.suppressionList(key), use -> use.onListFailure(onFailure)));
        });
    }
}
