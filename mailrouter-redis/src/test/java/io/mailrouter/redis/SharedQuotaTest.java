package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.junit.jupiter.api.DisplayName;
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

    /** Sends one after the other until as many were taken, or are taken no more. */
    private static long send(EmailService emails, int wanted) {
        long sent = 0;
        for (int n = 0; n < wanted; n++) {
            sent += emails.trySend(email()) instanceof SendResult.Accepted ? 1 : 0;
        }
        return sent;
    }

    private String use(String field) {
        return String.valueOf(redis.call("HGET", "{mr:" + namespace + "}:p:ses:use", field));
    }

    private long counted() {
        return Long.parseLong(use("day").split(":")[1]);
    }

    @Test
    void whatANodeHasNotUsedIsThereForOthersWhenItHasClosed() {
        try (EmailService one = service(fleet(redis.uri()).build(), p -> p.dailyQuota(10_000))) {
            assertThat(send(one, 5)).isEqualTo(5);
            assertThat(counted()).isEqualTo(500);
        }

        assertThat(counted()).isEqualTo(5);
    }

    @Test
    void aNodeThatStartsWhenAQuotaIsUsedUpSendsNothing() {
        long day = Long.parseLong((String) ((List<?>) redis.call("TIME")).get(0)) / 86_400;
        redis.call("HSET", "{mr:" + namespace + "}:p:ses:use", "day", day + ":1000");
        try (EmailService late = service(fleet(redis.uri()).build(), p -> p.dailyQuota(1_000))) {
            assertThat(send(late, 20)).isZero();
            assertThat(late.providers().get(0).quotas().get(0).left()).isZero();
        }
    }

    @Test
    void aDayThatEndsOnTheServerBeginsWithTheWholeQuota() {
        try (EmailService emails = service(fleet(redis.uri()).build(), p -> p.dailyQuota(40))) {
            assertThat(send(emails, 60)).isEqualTo(40);
            long yesterday = Long.parseLong(use("day").split(":")[0]) - 1;
            redis.call("HSET", "{mr:" + namespace + "}:p:ses:use", "day", yesterday + ":40");

            await().atMost(LONG).until(() -> emails.trySend(email()) instanceof SendResult.Accepted);
            await().atMost(LONG).until(() -> send(emails, 60) == 0);
            assertThat(accepted).hasValue(80);
        }
    }

    @Test
    @DisplayName("R2 killed midway: a node uses its grant and its share of what was left, and tells it afterwards")
    void goesOnWithItsShareInAnOutage() {
        try (RedisServer own = RedisServer.started();
                RedisFleet other = fleet(own.uri()).build();
                RedisFleet mine = fleet(own.uri()).build();
                EmailService emails = service(mine, p -> p.dailyQuota(1_000))) {
            await().atMost(LONG)
                    .until(() ->
                            mine.snapshot().nodes() == 2 && other.snapshot().nodes() == 2);
            assertThat(send(emails, 1)).isEqualTo(1);
            String key = "{mr:" + namespace + "}:p:ses:use";
            long used =
                    Long.parseLong(String.valueOf(own.call("HGET", key, "day")).split(":")[1]);
            await().atMost(LONG)
                    .until(() -> mine.snapshot()
                            .provider("ses")
                            .filter(ses -> ses.usedToday() == used)
                            .isPresent());
            own.kill();
            await().atMost(LONG).until(() -> !mine.snapshot().connected());
            long share = (1_000 - used) / 2;
            assertThat(send(emails, 1_500)).as("%s were granted", used).isEqualTo(used - 1 + share);

            own.start();
            await().atMost(LONG)
                    .until(() -> String.valueOf(own.call("HGET", key, "day")).endsWith(":" + share));
        }
    }

    @Test
    @DisplayName("R4 frozen: a node hears of its fleet again when it has told all that it used meanwhile")
    void tellsAllThatItUsedInAnOutageBeforeItHears() {
        try (RedisServer own = RedisServer.started();
                RedisFleet node =
                        fleet(own.uri()).syncEvery(Duration.ofSeconds(1)).build()) {
            await().atMost(LONG).until(() -> node.snapshot().connected());
            own.freeze();
            node.used("ses", 4);
            await().atMost(LONG).until(() -> !node.snapshot().connected());
            node.used("ses", 5);
            own.thaw();
            await().atMost(LONG)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> node.snapshot().connected());

            assertThat(node.snapshot().provider("ses"))
                    .hasValueSatisfying(ses -> assertThat(ses.usedThisMonth()).isEqualTo(9));
        }
    }

    @Test
    void eightNodesThatWantMoreThanAQuotaTogetherNeverUseMoreThanItHolds() throws Exception {
        long quota = 10_000;
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
                for (int n = 0; n < 1_000; n++) {
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

        System.out.println("a quota of " + quota + ", 16,000 wanted by 8 nodes: " + total + " sent in "
                + took.toMillis() + " ms with " + calls + " calls of scripts, exchanges included");
        assertThat(accepted).hasValue(total);
        assertThat(total).as("one in 50 is kept").isBetween(quota / 2, quota);
        assertThat(calls).isLessThan(2_500);
    }
}
