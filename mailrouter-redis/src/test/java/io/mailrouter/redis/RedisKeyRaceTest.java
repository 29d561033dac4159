package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.health.StoreStatus;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two services on one Redis, whose threads race for the same keys. */
@Timeout(240)
class RedisKeyRaceTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int THREADS = 64;
    private static final int KEYS = 200;
    private static RedisServer redis;

    private final long seed = new Random().nextLong();
    private final CountingProvider provider = new CountingProvider();

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private EmailService service(String namespace) {
        return service(redis.uri(), namespace);
    }

    private EmailService service(String uri, String namespace) {
        RedisFleet fleet = RedisFleet.builder()
                .uri(uri)
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(100))
                .build();
        EmailService service = EmailService.builder()
                .provider(provider)
                .fleet(fleet)
                .idempotency(
                        fleet.idempotencyStore(),
                        use -> use.storeTime(Duration.ofSeconds(2)).lease(LONG.multipliedBy(10)))
                .build();
        await().atMost(LONG).until(() -> fleet.snapshot().connected());
        return service;
    }

    private static Email email(int key) {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey("k" + key)
                .onStoreFailure(StoreFailure.HOLD)
                .build();
    }

    /** Each thread sends the emails of so many keys, by chance, each until it is told that it was accepted. */
    private void race(int each, EmailService... services) throws Exception {
        System.out.println("RedisKeyRaceTest seed " + seed);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                List<Integer> keys =
                        new ArrayList<>(IntStream.range(0, KEYS).boxed().toList());
                Collections.shuffle(keys, new Random(seed + i));
                EmailService emails = services[i % services.length];
                all.add(threads.submit(() -> keys.subList(0, each).forEach(key -> sendUntilAccepted(emails, key))));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void sendUntilAccepted(EmailService emails, int key) {
        for (SendResult result = emails.trySend(email(key));
                !(result instanceof SendResult.Accepted);
                result = emails.trySend(email(key))) {
            assertThat(result).isInstanceOf(SendResult.NotSent.class);
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> emails.stores().contains(new StoreStatus(StoreStatus.Store.FLEET, true)));
        }
    }

    @Test
    @DisplayName("X9 two services, 64 threads, 200 keys: 200 calls")
    void oneCallForEachKey() throws Exception {
        try (EmailService one = service("calm");
                EmailService two = service("calm")) {
            race(KEYS, one, two);
        }

        assertThat(provider.attempts()).isEqualTo(KEYS);
    }

    @Test
    @DisplayName(
            "X9 the same while answers are lost and connections killed: 200 calls, for emails that are held meanwhile")
    void oneCallForEachKeyThroughLostConnections() throws Exception {
        try (FaultProxy proxy = FaultProxy.before(redis.port(), seed);
                EmailService one = service(proxy.url("redis").toString(), "rough");
                EmailService two = service(proxy.url("redis").toString(), "rough")) {
            AtomicInteger calls = new AtomicInteger();
            provider.script = () -> {
                if (calls.incrementAndGet() % 50 == 0) {
                    redis.call("CLIENT", "KILL", "TYPE", "normal");
                }
                return new Outcome.Accepted("m");
            };
            long standing = proxy.accepted();
            proxy.lose(0.002);
            // A round may lose none by chance; what is sent once more is answered from the record.
            do {
                race(KEYS / 4, one, two);
            } while (proxy.lost() == 0);
            proxy.lose(0);

            System.out.printf("%d answers lost, %d connections made%n", proxy.lost(), proxy.accepted());
            assertThat(proxy.accepted()).isGreaterThan(standing);
        }

        assertThat(provider.byKey()).hasSize(KEYS);
        assertThat(provider.attempts()).isEqualTo(KEYS);
    }
}
