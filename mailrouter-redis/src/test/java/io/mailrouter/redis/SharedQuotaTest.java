package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.ProviderSettings;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Capabilities;
import io.mailrouter.provider.EmailProvider;
import io.mailrouter.provider.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Several services that share a quota through a real Redis. */
class SharedQuotaTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static RedisServer redis;
    private final String namespace = UUID.randomUUID().toString();
    private final AtomicLong accepted = new AtomicLong();

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    /** Accepts at once and counts recipients. */
    private final class Counting implements EmailProvider {
        @Override
        public String name() {
            return "ses";
        }

        @Override
        public Capabilities capabilities() {
            return Capabilities.builder().honoursDeadline().build();
        }

        @Override
        public Outcome send(Email email, Attempt.Context context) {
            accepted.addAndGet(email.recipientCount());
            return new Outcome.Accepted("m");
        }

        @Override
        public void close() {}
    }

    private RedisFleet.Builder fleet(String uri) {
        return RedisFleet.builder().uri(uri).namespace(namespace).syncEvery(Duration.ofMillis(200));
    }

    private EmailService service(RedisFleet fleet, Consumer<ProviderSettings> use) {
        EmailServiceBuilder builder = EmailService.builder()
                .fleet(fleet)
                .maxWait(Duration.ofSeconds(5))
                .provider(new Counting(), use);
        return builder.build();
    }

    private static Email email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
    }

    @Test
    void eightNodesThatWantMoreThanAQuotaTogetherNeverUseMoreThanItHolds() throws Exception {
        long quota = 50_000;
        int nodes = 8;
        long before = redis.received("evalsha");
        List<EmailService> fleet = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            fleet.add(service(fleet(redis.uri()).build(), p -> p.dailyQuota(quota)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(2 * nodes);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Long>> sent = new ArrayList<>();
        long began = System.nanoTime();
        for (int i = 0; i < 2 * nodes; i++) {
            EmailService emails = fleet.get(i % nodes);
            sent.add(threads.submit(() -> {
                start.await();
                long mine = 0;
                for (int n = 0; n < 5_000; n++) {
                    mine += emails.trySend(email()) instanceof SendResult.Accepted ? 1 : 0;
                }
                return mine;
            }));
        }
        start.countDown();
        long total = 0;
        for (Future<Long> mine : sent) {
            total += mine.get(60, TimeUnit.SECONDS);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        long calls = redis.received("evalsha") - before;
        threads.shutdown();
        fleet.forEach(EmailService::close);

        System.out.println("a quota of 50,000, 80,000 wanted by 8 nodes: " + total + " sent in " + took.toMillis()
                + " ms with " + calls + " calls of scripts, exchanges included");
        assertThat(accepted).hasValue(total);
        assertThat(total).as("one in 50 is kept").isBetween(quota - quota / 50 - 500, quota);
        assertThat(calls).isLessThan(5_000);
    }
}
