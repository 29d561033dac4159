package io.mailrouter.examples.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.provider.Secret;
import io.mailrouter.redis.RedisFleet;
import java.time.Duration;

/**
 * The handler that shares its knowledge and its idempotency keys through Redis, with every other function and consumer.
 *
 * <p>Only in a jar that was built with the profile {@code redis}.
 */
public final class RedisEmailWorker implements RequestHandler<SQSEvent, SQSBatchResponse> {

    /** As long as a dead-letter queue keeps a message at most: what comes back from there later is not sent again. */
    static final Duration REMEMBERED = Duration.ofDays(14);

    private final Lifetime lifetime = Lifetime.open(Settings.withRedis(System.getenv()), RedisEmailWorker::share);

    /** Begins; Lambda does so once for each environment, and reports what is wrong with the variables. */
    public RedisEmailWorker() {}

    static void share(Settings settings, EmailServiceBuilder service) {
        String uri = settings.redisUri()
                .map(Secret::reveal)
                .orElseThrow(() -> new IllegalArgumentException(
                        "MAILROUTER_REDIS_URI is missing: e.g. rediss://redis.example.com:6380"));
        RedisFleet fleet = RedisFleet.builder().uri(uri).build();
        service.fleet(fleet)
                .idempotency(
                        fleet.idempotencyStore(keep -> keep.sent(REMEMBERED).unclear(REMEMBERED)));
    }

    @Override
    public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
        return lifetime.handle(event, context);
    }
}
