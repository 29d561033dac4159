package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.IdempotencySettings;
import io.mailrouter.Note;
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
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Emails with a key, while Redis is there, away, slow, full and wiped. */
@Timeout(240)
@Isolated("what it measures or times is spoilt by others")
class RedisKeysTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int SENDERS = 64;
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static RedisServer redis;

    private final String namespace = "n" + NAMESPACES.incrementAndGet();
    private final CountingProvider provider = new CountingProvider();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @AfterEach
    void close() throws Exception {
        redis.thaw();
        redis.call("CONFIG", "SET", "maxmemory", "0");
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private EmailService service(String uri, Consumer<IdempotencySettings> use) {
        RedisFleet fleet = RedisFleet.builder()
                .uri(uri)
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(100))
                .build();
        EmailServiceBuilder builder = EmailService.builder()
                .provider(provider)
                .fleet(fleet)
                .idempotency(fleet.idempotencyStore(), use)
                .closeTimeout(Duration.ofSeconds(1));
        EmailService service = builder.build();
        open.add(service);
        await().atMost(LONG).until(() -> fleet.snapshot().connected());
        return service;
    }

    /** Returns one that waits for Redis as long as a busy machine may need. */
    private EmailService service() {
        return service(redis.uri(), use -> use.storeTime(Duration.ofSeconds(10)));
    }

    private static Email email(String key) {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .idempotencyKey(key)
                .build();
    }

    /** The records of this namespace, by their states. */
    @SuppressWarnings("unchecked")
    private List<String> states() {
        List<Object> keys = (List<Object>) redis.call("KEYS", "mr:" + namespace + ":idem:*");
        return keys.stream()
                .map(key -> String.valueOf(redis.call("HGET", String.valueOf(key), "state")))
                .sorted()
                .toList();
    }

    private void awaitStates(String... states) {
        await().atMost(LONG).untilAsserted(() -> assertThat(states()).containsExactly(states));
    }

    private static boolean isUnprotected(SendResult result) {
        return result.trail().notes().contains(Note.UNPROTECTED);
    }

    private static boolean isUp(EmailService emails) {
        return emails.stores().stream()
                .filter(status -> status.store() == StoreStatus.Store.IDEMPOTENCY)
                .allMatch(StoreStatus::up);
    }

    /** Returns how many scripts the server ran for stores; an exchange of the fleet touches the set of nodes. */
    private static long commands() {
        String stats = String.valueOf(redis.call("INFO", "commandstats"));
        return calls(stats, "evalsha") + calls(stats, "eval") - calls(stats, "zadd");
    }

    private static long calls(String stats, String command) {
        Matcher calls =
                Pattern.compile("cmdstat_" + command + ":calls=([0-9]+)").matcher(stats);
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    @Test
    @DisplayName("a send with a key costs one command before and one after, and none without a key")
    void twoCommandsASend() {
        EmailService emails = service(redis.uri(), use -> use.storeTime(Duration.ofSeconds(5)));
        emails.trySend(email("warm"));
        awaitStates("SENT");
        long before = commands();
        for (int i = 0; i < 200; i++) {
            assertThat(emails.trySend(email("k" + i))).isInstanceOf(SendResult.Accepted.class);
        }
        await().atMost(LONG).until(() -> states().stream().allMatch("SENT"::equals));
        assertThat(commands() - before).isEqualTo(400);

        long between = commands();
        Email plain = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .text("hello")
                .build();
        for (int i = 0; i < 200; i++) {
            emails.trySend(plain);
        }
        assertThat(commands() - between).isZero();
    }

    @Test
    @DisplayName("nobody waits for the end to be written: frozen right after the claim, a send returns at once")
    void nobodyWaitsForTheEnd() {
        EmailService emails = service(redis.uri(), use -> use.storeTime(Duration.ofSeconds(20)));
        emails.trySend(email("warm"));
        provider.script = () -> {
            redis.freeze();
            return new Outcome.Accepted("m-2");
        };
        long start = System.nanoTime();

        SendResult result = emails.trySend(email("k"));

        assertThat(result).isInstanceOf(SendResult.Accepted.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
        redis.thaw();
        awaitStates("SENT", "SENT");
    }

    @Test
    @DisplayName("a node that dies before it has written the end: unknown once its lease has ended, and not sent again")
    void aCrashBeforeTheEndIsUnknown() throws Exception {
        try (FaultProxy proxy = FaultProxy.before(redis.port(), 1)) {
            EmailService dying = service(
                    proxy.url("redis").toString(),
                    use -> use.storeTime(Duration.ofSeconds(5)).lease(Duration.ofMillis(300)));
            EmailService other = service();
            provider.script = () -> {
                proxy.freeze();
                return new Outcome.Accepted("m-2");
            };
            assertThat(dying.trySend(email("k"))).isInstanceOf(SendResult.Accepted.class);

            SendResult later = other.trySend(email("k"));

            assertThat(later)
                    .isInstanceOfSatisfying(
                            SendResult.Unknown.class,
                            unknown -> assertThat(unknown.code()).isEqualTo("lease_ended"));
            assertThat(provider.attempts()).isEqualTo(1);
        }
    }

    /** Sends from many threads at once, and returns how long each send took, the longest last. */
    private List<Duration> sendFromAll(EmailService emails, String prefix, int each) throws Exception {
        ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
        try {
            List<Future<List<Duration>>> all = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                String name = prefix + "-" + i + "-";
                all.add(senders.submit(() -> {
                    List<Duration> times = new ArrayList<>();
                    for (int j = 0; j < each; j++) {
                        long start = System.nanoTime();
                        assertThat(emails.trySend(email(name + j))).isInstanceOf(SendResult.Accepted.class);
                        times.add(Duration.ofNanos(System.nanoTime() - start));
                    }
                    return times;
                }));
            }
            List<Duration> times = new ArrayList<>();
            for (Future<List<Duration>> one : all) {
                times.addAll(one.get());
            }
            Collections.sort(times);
            return times;
        } finally {
            senders.shutdownNow();
        }
    }

    private static Duration p99(List<Duration> times) {
        return times.get(times.size() * 99 / 100);
    }

    private static long storeThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("mailrouter-store-"))
                .count();
    }

    private void costsOneBudget(String fault, Runnable begin) throws Exception {
        Duration budget = Duration.ofSeconds(2);
        EmailService emails = service(redis.uri(), use -> use.storeTime(budget));
        sendFromAll(emails, "warm", 20);
        Duration base = p99(sendFromAll(emails, "base", 20));
        long threads = storeThreads();
        begin.run();

        Duration p99 = p99(sendFromAll(emails, "during", 20));

        System.out.printf("%s: p99 %d ms, before it %d ms%n", fault, p99.toMillis(), base.toMillis());
        assertThat(p99.minus(base)).isLessThan(budget.multipliedBy(2).minusMillis(200));
        assertThat(storeThreads()).isLessThanOrEqualTo(threads + 1);
        assertThat(provider.attempts()).isEqualTo(3 * SENDERS * 20);
    }

    @Test
    @DisplayName("R3 slow: a send costs one budget more at most, and no threads pile up")
    void aSlowRedisCostsOneBudget() throws Exception {
        costsOneBudget("R3", () -> redis.call("CLIENT", "PAUSE", "5000"));
    }

    @Test
    @DisplayName(
            "R4 frozen with TCP alive: one budget at most; back within 5 s, and what was sent meanwhile is written")
    void aFrozenRedisCostsOneBudget() throws Exception {
        costsOneBudget("R4", redis::freeze);
        redis.thaw();
        long thawed = System.nanoTime();
        EmailService emails = (EmailService) open.get(0);

        await().atMost(LONG).pollInterval(Duration.ofMillis(50)).until(() -> isUp(emails));

        System.out.printf("R4: back %d ms after SIGCONT%n", (System.nanoTime() - thawed) / 1_000_000);
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> states().stream().filter("SENT"::equals).count() == 3L * SENDERS * 20);
    }

    @Test
    @DisplayName("R15 a claim that runs after its time-out is settled by what was sent without it")
    void aLateClaimIsSettled() {
        EmailService emails = service(redis.uri(), use -> use.storeTime(Duration.ofMillis(200)));
        emails.trySend(email("warm"));
        awaitStates("SENT");
        redis.freeze();
        assertThat(isUnprotected(emails.trySend(email("k")))).isTrue();
        redis.thaw();

        awaitStates("SENT", "SENT");
        assertThat(service().trySend(email("k")).trail().isRepeated()).isTrue();
        assertThat(provider.byKey()).containsEntry("k", 1);
    }

    @Test
    @DisplayName("R2 kill -9 midway: no send fails, memory stands in, and Redis is told again what was sent")
    void aKilledRedisFailsNoSend() {
        try (RedisServer doomed = RedisServer.started()) {
            EmailService emails = service(doomed.uri(), use -> use.storeTime(Duration.ofSeconds(10)));
            emails.trySend(email("before"));
            doomed.kill();
            assertThat(isUnprotected(emails.trySend(email("during")))).isTrue();
            assertThat(emails.trySend(email("before")).trail().isRepeated()).isTrue();
            long start = System.nanoTime();
            for (int i = 0; i < 1_000; i++) {
                assertThat(emails.trySend(email("during")).trail().isRepeated()).isTrue();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("a store that is known to be away costs nothing")
                    .isLessThan(Duration.ofSeconds(10));

            doomed.start();

            await().atMost(LONG).until(() -> isUp(emails));
            assertThat(emails.trySend(email("before")).trail().isRepeated()).isTrue();
            EmailService other = service(doomed.uri(), use -> use.storeTime(Duration.ofSeconds(10)));
            await().atMost(LONG)
                    .until(() -> String.valueOf(doomed.call("DBSIZE")).matches("[0-9]+")
                            && other.trySend(email("before")).trail().isRepeated());
            assertThat(other.trySend(email("during")).trail().isRepeated()).isTrue();
            assertThat(provider.byKey()).containsEntry("before", 1).containsEntry("during", 1);
        }
    }

    @Test
    @DisplayName("R6 FLUSHALL: what this node has sent it does not send again, and Redis is told again")
    void aWipedRedisIsToldAgain() {
        EmailService emails = service();
        emails.trySend(email("k"));
        awaitStates("SENT");
        redis.call("FLUSHALL");

        assertThat(emails.trySend(email("k")).trail().isRepeated()).isTrue();

        awaitStates("SENT");
        assertThat(service().trySend(email("k")).trail().isRepeated()).isTrue();
        assertThat(provider.attempts()).isEqualTo(1);
    }

    @Test
    @DisplayName("R7 out of memory: by policy sent and said so, or held; reads go on; written once there is room")
    void aFullRedisFollowsThePolicy() {
        EmailService emails = service(redis.uri(), use -> use.storeTime(Duration.ofSeconds(2)));
        emails.trySend(email("before"));
        awaitStates("SENT");
        EmailService other = service(redis.uri(), use -> use.storeTime(Duration.ofSeconds(2)));
        redis.call("CONFIG", "SET", "maxmemory", "1");

        assertThat(isUnprotected(emails.trySend(email("during")))).isTrue();
        assertThat(emails.trySend(email("held").toBuilder()
                        .onStoreFailure(StoreFailure.HOLD)
                        .build()))
                .isInstanceOfSatisfying(
                        SendResult.NotSent.class,
                        notSent -> assertThat(notSent.code()).isEqualTo("idempotency_store_unavailable"));
        for (int i = 0; i < 20; i++) {
            SendResult known = other.trySend(email("before"));
            assertThat(known.trail().isRepeated()).isTrue();
            assertThat(isUnprotected(known)).as("read in Redis").isFalse();
        }
        redis.call("CONFIG", "SET", "maxmemory", "0");

        await().atMost(LONG)
                .until(() -> states().stream().filter("SENT"::equals).count() == 2);
        assertThat(provider.byKey()).containsOnly(Map.entry("before", 1), Map.entry("during", 1));
    }

    @Test
    @DisplayName("C11 no key or address is in a log, at any level, nor in Redis")
    void tellsNothingPersonal() {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("canary-81d4@example.org")
                .text("canary-81d4")
                .idempotencyKey("canary-81d4")
                .build();
        try (Logs logs = Logs.from(Level.TRACE)) {
            EmailService emails = service();
            emails.trySend(email);
            awaitStates("SENT");
            redis.freeze();
            emails.trySend(email);
            redis.thaw();

            assertThat(logs.everything()).doesNotContain("canary-81d4");
            assertThat(String.valueOf(redis.call("KEYS", "*"))).doesNotContain("canary", "@");
        }
    }
}
