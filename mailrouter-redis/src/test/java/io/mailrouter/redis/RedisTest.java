package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RedisTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String[] KEY = {"mr:default:idem:{k}"};
    private static final String[] RENEWAL = {"renew", "o", "p", "1000", "1000"};

    private final Script script = Script.named("idempotency.lua");
    private final Redis redis = new Redis(new Alarm(new SplittableRandom()));

    private void callInHaste() {
        assertThatThrownBy(() -> redis.call(script, Duration.ofNanos(1), KEY, RENEWAL))
                .isInstanceOf(RedisAwayException.class);
    }

    @Test
    void isNotReachableWithoutAConnection() {
        assertThat(redis.isReachable()).isFalse();
        callInHaste();
    }

    @Test
    void callersInHasteDoNotMakeAServerAwayThatAnswers() {
        try (RedisServer server = RedisServer.started();
                RedisClient client = RedisClient.create(server.uri())) {
            redis.stands(client.connect().async());
            server.freeze();
            for (int i = 0; i < 5; i++) {
                callInHaste();
            }
            assertThat(redis.isReachable()).isFalse();

            server.thaw();

            await().atMost(LONG).until(redis::isReachable);
            assertThat(redis.call(script, LONG, KEY, RENEWAL)).containsExactly("lost");
        }
    }
}
