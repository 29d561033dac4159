package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.FaultProxy;
import io.mailrouter.testkit.Faults.Direction;
import io.mailrouter.testkit.RecordingProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One suppression list, seen by several nodes, each with a connection of its own. */
@Timeout(120)
class SharedSuppressionTest {

    private static final Duration LONG = Duration.ofSeconds(25);
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration BUDGET = Duration.ofMillis(50);
    private static final Secret KEY = Secret.of("canary-of-a-key-0123");
    private static final CanonicalAddress ADA = CanonicalAddress.of("ada-canary@example.org");
    private static final CanonicalAddress BOB = CanonicalAddress.of("bob@example.org");
    private static final Suppression BOUNCED =
            Suppression.forGood(Reason.HARD_BOUNCE, Instant.parse("2026-01-01T00:00:00Z"));

    private static RedisServer redis;

    private final String namespace = UUID.randomUUID().toString();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private FaultProxy proxy;
    private Logs logs;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void open() {
        logs = Logs.from(Level.INFO);
        proxy = FaultProxy.before(redis.port(), 1);
    }

    @AfterEach
    void close() throws Exception {
        proxy.heal();
        for (AutoCloseable each : opened) {
            each.close();
        }
        proxy.close();
        logs.close();
    }

    private RedisFleet fleet(String uri) {
        return fleet(uri, Duration.ofSeconds(2));
    }

    private RedisFleet fleet(String uri, Duration timeout) {
        return RedisFleet.builder()
                .uri(uri)
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(200))
                .timeout(timeout)
                .build();
    }

    /** Returns the list of another node. */
    private SuppressionList node(String uri, Secret key, Consumer<SuppressionListSettings> change) {
        RedisFleet fleet = fleet(uri);
        SuppressionList list = fleet.suppressionList(key, change);
        opened.add(list);
        opened.add(fleet);
        return list;
    }

    private SuppressionList read(String uri, Consumer<SuppressionListSettings> change) {
        SuppressionList list = node(uri, KEY, change);
        awaitRead(list);
        return list;
    }

    private SuppressionList node() {
        return read(redis.uri(), settings -> {});
    }

    private SuppressionList behindProxy() {
        return read(proxy.url("redis").toString(), settings -> {});
    }

    private SuppressionList oftenRead() {
        return read(redis.uri(), settings -> settings.readEvery(Duration.ofSeconds(1)));
    }

    private static void awaitRead(SuppressionList list) {
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !list.toString().contains("not read yet"));
    }

    private static boolean finds(SuppressionList list, CanonicalAddress address) {
        return list.lookUp(Set.of(address), WITHIN).containsKey(address);
    }

    private String shardOf(CanonicalAddress address) {
        return SuppressionKeys.of(new FleetKeys(namespace))
                .shard(SuppressionKeys.shardOf(new KeyedHash(KEY).of(address.value())));
    }

    private static String field(CanonicalAddress address) {
        return KeyedHash.text(new KeyedHash(KEY).of(address.value()));
    }

    @Test
    void whatOneNodeChangesTheOthersKnowWithinTwoExchanges() {
        SuppressionList a = node();
        SuppressionList b = behindProxy();
        assertThat(finds(b, ADA)).isFalse();
        long began = System.nanoTime();
        a.add(ADA, BOUNCED);
        await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> finds(b, ADA));
        Duration took = Duration.ofNanos(System.nanoTime() - began);

        System.out.println("an addition was known after " + took);
        assertThat(b.lookUp(Set.of(ADA, BOB), WITHIN)).containsExactlyEntriesOf(Map.of(ADA, BOUNCED));
        assertThat(took).isLessThan(Duration.ofSeconds(3));
        assertThat(a.remove(ADA)).isTrue();
        assertThat(finds(b, ADA)).isFalse();
    }

    @Test
    void aSendWithoutASuppressedRecipientAsksRedisNothing() {
        SuppressionList list = node();
        list.add(ADA, BOUNCED);
        long before = redis.received("evalsha") + redis.received("hmget");
        for (int i = 0; i < 10_000; i++) {
            assertThat(list.lookUp(Set.of(CanonicalAddress.of("r" + i + "@example.org")), WITHIN))
                    .isEmpty();
        }

        long asked = redis.received("evalsha") + redis.received("hmget") - before;
        System.out.println(asked + " commands in the background of 10,000 look-ups");
        assertThat(asked).isLessThan(200);
        long hmget = redis.received("hmget");
        assertThat(finds(list, ADA)).isTrue();
        assertThat(redis.received("hmget")).isEqualTo(hmget + 1);
    }

    @Test
    @DisplayName(
            "R2 killed connection: the filter decides, a hit counts as suppressed, and whoever was removed gets email")
    void decidesByItselfWhileRedisIsAway() {
        SuppressionList list = behindProxy();
        list.addAll(Map.of(ADA, BOUNCED, BOB, BOUNCED));
        list.remove(BOB);
        proxy.refuse();
        proxy.cut();
        await().atMost(LONG)
                .until(() -> list.lookUp(Set.of(ADA), WITHIN).get(ADA).reason() == Reason.OTHER);

        assertThat(finds(list, BOB)).isFalse();
        assertThat(finds(list, CanonicalAddress.of("carol@example.org"))).isFalse();
        assertThatThrownBy(() -> list.add(ADA, BOUNCED)).isInstanceOf(RedisAwayException.class);
        assertThatThrownBy(() -> list.remove(ADA)).isInstanceOf(RedisAwayException.class);
        proxy.accept();
        await().atMost(LONG)
                .until(() -> list.lookUp(Set.of(ADA), WITHIN).get(ADA).equals(BOUNCED));
    }

    @Test
    @DisplayName("R3 slow: a look-up ends within its budget, and only one with a hit waits at all")
    void keepsTheBudget() {
        SuppressionList list = behindProxy();
        list.add(ADA, BOUNCED);
        proxy.delay(Direction.ANSWERS, Duration.ofSeconds(2));
        long began = System.nanoTime();
        Map<CanonicalAddress, Suppression> found = list.lookUp(Set.of(ADA, BOB), BUDGET);
        long took = System.nanoTime() - began;

        assertThat(found).containsOnlyKeys(ADA);
        assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(1));
        assertThat(list.honoursBudget()).isTrue();
    }

    @Test
    @DisplayName("R4 frozen: a look-up ends within its budget, and Redis is asked again afterwards")
    void outlastsAFrozenServer() {
        SuppressionList list = behindProxy();
        list.add(ADA, BOUNCED);
        proxy.freeze();
        long began = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            assertThat(list.lookUp(Set.of(ADA), BUDGET)).containsOnlyKeys(ADA);
        }
        long took = System.nanoTime() - began;

        assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(2));
        proxy.thaw();
        await().atMost(LONG)
                .until(() -> list.lookUp(Set.of(ADA), WITHIN).get(ADA).equals(BOUNCED));
    }

    @Test
    @DisplayName("R15 an addition that runs after its time-out is no harm, and may be made again")
    void takesALateAddition() {
        RedisFleet fleet = fleet(proxy.url("redis").toString(), Duration.ofMillis(500));
        SuppressionList list = fleet.suppressionList(KEY);
        opened.add(list);
        opened.add(fleet);
        awaitRead(list);
        proxy.delay(Direction.REQUESTS, Duration.ofMillis(900));
        assertThatThrownBy(() -> list.add(ADA, BOUNCED)).isInstanceOf(RedisAwayException.class);
        await().atMost(LONG).until(() -> redis.call("HLEN", shardOf(ADA)).equals(1L));
        proxy.heal();
        await().atMost(LONG).ignoreExceptions().until(() -> {
            list.add(ADA, BOUNCED);
            return true;
        });

        assertThat(list.lookUp(Set.of(ADA), WITHIN)).containsEntry(ADA, BOUNCED);
        assertThat(redis.call("HLEN", shardOf(ADA))).isEqualTo(1L);
    }

    @Test
    void hearsAfterAnOutageWhatOthersHaveChangedMeanwhile() {
        SuppressionList a = node();
        SuppressionList b = behindProxy();
        proxy.refuse();
        proxy.cut();
        a.add(ADA, BOUNCED);
        assertThat(finds(b, ADA)).isFalse();
        proxy.accept();

        await().atMost(LONG).until(() -> finds(b, ADA));
    }

    @Test
    @DisplayName("R1 down at start: the look-up throws, so that the service's policy decides, until the list was read")
    void isNotAvailableBeforeItWasRead() {
        node().add(ADA, BOUNCED);
        proxy.refuse();
        SuppressionList list = node(proxy.url("redis").toString(), KEY, settings -> {});
        assertThatThrownBy(() -> finds(list, ADA)).isInstanceOf(RedisAwayException.class);
        assertThat(list.lookUp(Set.of(), WITHIN)).isEmpty();
        RecordingProvider provider = RecordingProvider.named("ses");
        try (EmailService emails =
                EmailService.builder().provider(provider).suppression(list).build()) {
            assertThat(emails.trySend(to(ADA))).isInstanceOf(SendResult.Accepted.class);
            proxy.accept();

            await().atMost(LONG).until(() -> emails.trySend(to(ADA)) instanceof SendResult.Suppressed);
        }
    }

    private static Email to(CanonicalAddress address) {
        return Email.builder()
                .from("shop@example.com")
                .to(address.value())
                .text("hello")
                .build();
    }

    @Test
    @DisplayName("R6 FLUSHALL: says that the list is gone, and goes on with what is added from then on")
    void survivesAWipe() {
        SuppressionList list = oftenRead();
        list.add(ADA, BOUNCED);
        await().atMost(LONG).until(() -> list.toString().contains("[1 addresses]"));
        redis.call("FLUSHALL");
        await().atMost(LONG).until(() -> list.toString().contains("[0 addresses]"));

        assertThat(finds(list, ADA)).isFalse();
        assertThat(logs.ofFleet(Level.WARN, redis))
                .anyMatch(line -> line.contains("is empty and had 1 addresses before"));
        list.add(BOB, BOUNCED);
        assertThat(finds(list, BOB)).isTrue();
    }

    @Test
    @DisplayName("R10 SCRIPT FLUSH goes unseen")
    void survivesForgottenScripts() {
        SuppressionList list = node();
        list.add(ADA, BOUNCED);
        redis.call("SCRIPT", "FLUSH");

        assertThat(finds(list, ADA)).isTrue();
        redis.call("SCRIPT", "FLUSH");
        assertThat(list.remove(ADA)).isTrue();
    }

    @Test
    @DisplayName("R7 memory full: look-ups go on, to add says that it did not work")
    void looksUpWithoutMemory() {
        SuppressionList list = node();
        list.add(ADA, BOUNCED);
        redis.call("CONFIG", "SET", "maxmemory", "1");
        try {
            assertThat(list.lookUp(Set.of(ADA), WITHIN)).containsEntry(ADA, BOUNCED);
            assertThatThrownBy(() -> list.add(BOB, BOUNCED))
                    .isInstanceOf(RedisAwayException.class)
                    .hasMessageContaining("memory is full (OOM)");
        } finally {
            redis.call("CONFIG", "SET", "maxmemory", "0");
        }
    }

    @Test
    @DisplayName(
            "R11 garbage at our keys is counted and never thrown; whoever is on the list in any words is suppressed")
    void livesWithGarbage() {
        redis.call("HSET", shardOf(ADA), field(ADA), "garbage", "no such field", "1b1");
        SuppressionList list = node();

        assertThat(list.lookUp(Set.of(ADA), WITHIN).get(ADA).reason()).isEqualTo(Reason.OTHER);
        list.add(ADA, BOUNCED);
        assertThat(list.lookUp(Set.of(ADA), WITHIN)).containsEntry(ADA, BOUNCED);
        redis.call("HSET", shardOf(ADA), field(ADA), "2 of a newer version");
        list.add(ADA, BOUNCED);
        assertThat(redis.call("HGET", shardOf(ADA), field(ADA))).isEqualTo("2 of a newer version");
        assertThat(list.lookUp(Set.of(ADA), WITHIN).get(ADA).reason()).isEqualTo(Reason.OTHER);
        assertThat(((RedisFleet) opened.get(1)).ignored()).isGreaterThanOrEqualTo(4);
        assertThat(logs.ofFleet(Level.WARN, "cannot read"))
                .filteredOn(line -> line.contains(":" + redis.port()) && line.contains("suppression list"))
                .hasSize(1);
    }

    @Test
    @DisplayName("R11 another type at any of our keys is counted and never thrown by a look-up")
    void livesWithOtherTypes() {
        for (String key : SuppressionKeys.of(new FleetKeys(namespace)).ofNews()) {
            redis.call("SADD", key, "x");
        }
        SuppressionList list = node();
        list.add(ADA, BOUNCED);
        assertThat(finds(list, ADA)).isTrue();
        redis.call("DEL", shardOf(ADA));
        redis.call("SET", shardOf(ADA), "x");
        long before = ((RedisFleet) opened.get(1)).ignored();
        assertThat(before).isPositive();

        assertThat(finds(list, ADA)).isFalse();
        assertThat(((RedisFleet) opened.get(1)).ignored()).isGreaterThan(before);
        assertThatThrownBy(() -> list.add(ADA, BOUNCED)).isInstanceOf(RedisAwayException.class);
        assertThat(redis.call("GET", shardOf(ADA))).isEqualTo("x");
    }

    @Test
    @DisplayName("R11 garbage in the log of changes costs a reading of the list and nothing else")
    void livesWithAGarbledLog() {
        String[] keys = SuppressionKeys.of(new FleetKeys(namespace)).ofNews();
        SuppressionList a = node();
        SuppressionList b = node();
        a.add(BOB, BOUNCED);
        redis.call("RPUSH", keys[2], "garbage", "", "+");
        redis.call("INCRBY", keys[1], "3");
        await().atMost(LONG).until(() -> finds(b, BOB));
        redis.call("SET", keys[1], "nonsense");
        a.add(ADA, BOUNCED);

        await().atMost(LONG).until(() -> finds(b, ADA));
    }

    @Test
    void aNodeWithAnotherKeyIsToldOnceAndWritesNothing() {
        node().add(ADA, BOUNCED);
        Secret other = Secret.of("another-canary-of-a-key");
        SuppressionList list = node(redis.uri(), other, settings -> {});
        await().atMost(LONG).until(() -> !logs.ofFleet(Level.ERROR, redis).isEmpty());
        Object keys = redis.call("KEYS", "*" + namespace + "*");

        assertThatThrownBy(() -> finds(list, ADA))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("key of suppressionList");
        assertThatThrownBy(() -> list.add(BOB, BOUNCED)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> list.remove(BOB)).isInstanceOf(IllegalStateException.class);
        assertThat(redis.call("KEYS", "*" + namespace + "*")).isEqualTo(keys);
        assertThat(logs.ofFleet(Level.ERROR, redis))
                .singleElement()
                .asString()
                .contains("property key of suppressionList")
                .doesNotContain("canary");
    }

    @Test
    void aNodeWithAnotherKeyWritesNothingEvenBeforeItHasReadTheList() {
        node().add(ADA, BOUNCED);
        RedisFleet fleet = fleet(redis.uri());
        opened.add(fleet);
        await().atMost(LONG).until(() -> fleet.snapshot().connected());
        SuppressionList list = fleet.suppressionList(Secret.of("another-canary-of-a-key"));
        opened.add(0, list);

        assertThatThrownBy(() -> list.add(BOB, BOUNCED)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void endedEntriesAreForgottenInPassing() {
        SuppressionList list = node();
        Instant since = Instant.parse("2026-01-01T00:00:00Z");
        redis.call(
                "HSET",
                shardOf(ADA),
                field(ADA),
                SuppressionText.of(new Suppression(Reason.MANUAL, since, Optional.of(since.plusSeconds(1)))));
        list.add(BOB, BOUNCED);

        assertThat(list.lookUp(Set.of(ADA, BOB), WITHIN)).containsOnlyKeys(BOB);
        await().atMost(LONG)
                .until(() -> redis.call("HEXISTS", shardOf(ADA), field(ADA)).equals(0L));
    }

    @Test
    void theListIsReadAsOftenAsItIsTold() {
        SuppressionList list = oftenRead();
        redis.call("HSET", shardOf(ADA), field(ADA), SuppressionText.of(BOUNCED));

        await().atMost(LONG).until(() -> finds(list, ADA));
    }

    @Test
    void refusesSettingsOutOfTheirRange() {
        RedisFleet fleet = fleet(redis.uri());
        opened.add(fleet);

        assertThatThrownBy(() -> fleet.suppressionList(KEY, s -> s.readEvery(Duration.ofMillis(999))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("suppressionList readEvery is PT0.999S: PT1S to PT24H is possible");
        assertThatThrownBy(() -> fleet.suppressionList(KEY, s -> s.readEvery(Duration.ofHours(25))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fleet.suppressionList(Secret.of("too-short")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key has 9 bytes")
                .hasMessageNotContaining("too-short");
    }

    @Test
    @DisplayName("C11 C10 no address and no key in Redis, in a log or in an exception")
    void tellsNobodyAnAddress() {
        SuppressionList list = behindProxy();
        list.add(ADA, BOUNCED);
        assertThat(finds(list, ADA)).isTrue();
        StringBuilder all = new StringBuilder();
        for (Object key : (List<?>) redis.call("KEYS", "*")) {
            all.append(key).append(redis.call("DUMP", (String) key));
            all.append(redis.call("HGETALL", (String) key)).append(redis.call("LRANGE", (String) key, "0", "-1"));
        }
        proxy.refuse();
        proxy.cut();
        List<Throwable> thrown = new ArrayList<>();
        await().atMost(LONG).until(() -> {
            try {
                list.add(ADA, BOUNCED);
                return false;
            } catch (RedisAwayException e) {
                thrown.add(e);
                return true;
            }
        });

        assertThat(all.toString()).contains(field(ADA)).doesNotContain("canary");
        assertThat(logs.everything()).doesNotContain("canary");
        for (Throwable e = thrown.get(0); e != null; e = e.getCause()) {
            assertThat(e.toString()).doesNotContain("canary");
        }
        assertThat(list.toString()).doesNotContain("canary");
    }

    @Test
    void holdsAHundredThousand() {
        SuppressionList a = node();
        SuppressionList b = node();
        long before = memory();
        Map<CanonicalAddress, Suppression> many = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            many.put(CanonicalAddress.of("r" + i + "@example.org"), BOUNCED);
        }
        long began = System.nanoTime();
        redis.call("CONFIG", "RESETSTAT");
        a.addAll(many);
        report("adding 100,000", System.nanoTime() - began);
        report("us of Redis for a call that adds 100 or notes that: " + micros("evalsha"));
        report("bytes of Redis per address: " + (memory() - before) / 100_000.0);
        Set<CanonicalAddress> some = many.keySet().stream().limit(1_000).collect(Collectors.toSet());
        await().atMost(LONG).until(() -> b.lookUp(some, WITHIN).size() == 1_000);
        RedisFleet fleet = fleet(redis.uri());
        await().atMost(LONG).until(() -> fleet.snapshot().connected());
        redis.call("CONFIG", "RESETSTAT");
        began = System.nanoTime();
        SuppressionList c = fleet.suppressionList(KEY);
        opened.add(c);
        opened.add(fleet);
        awaitRead(c);
        report("us of Redis for a call that reads a page: " + micros("evalsha") + ", pages: "
                + redis.received("hscan"));
        report("reading 100,000 (its beginning is spread over 100 ms)", System.nanoTime() - began);
        assertThat(c).hasToString("RedisSuppressionList[100000 addresses]");

        Set<CanonicalAddress> strangers = new HashSet<>();
        for (int i = 0; i < 50_000; i++) {
            strangers.add(CanonicalAddress.of("s" + i + "@example.org"));
        }
        long hits = redis.received("hmget");
        long strange = time(c, strangers, false);
        long wrong = redis.received("hmget") - hits;
        report("false positives in 50,000: " + wrong);
        report("look-up of who is not on it, each", strange / 50_000);
        long known = time(c, new HashSet<>(new ArrayList<>(many.keySet()).subList(0, 2_000)), true);
        report("look-up of who is on it, each", known / 2_000);
        assertThat(wrong).isLessThan(250);
    }

    private static long time(SuppressionList list, Set<CanonicalAddress> addresses, boolean suppressed) {
        long began = System.nanoTime();
        for (CanonicalAddress address : addresses) {
            if (finds(list, address) != suppressed) {
                throw new AssertionError("one is wrong");
            }
        }
        return System.nanoTime() - began;
    }

    /** Returns the time that Redis needs for one call of a command, by its own count. */
    private static double micros(String command) {
        String line = String.valueOf(redis.call("INFO", "commandstats"))
                .replaceAll("(?s).*(cmdstat_" + command + ":[^\r]*).*", "$1");
        return Double.parseDouble(line.replaceAll(".*usec_per_call=([0-9.]+).*", "$1"));
    }

    private static long memory() {
        String info = String.valueOf(redis.call("INFO", "memory"));
        return Long.parseLong(info.replaceAll("(?s).*used_memory:([0-9]+).*", "$1"));
    }

    private static void report(String what, long nanos) {
        report(what + ": " + TimeUnit.NANOSECONDS.toMicros(nanos) + " us");
    }

    private static void report(String what) {
        System.out.println("FIGURE " + what);
    }
}
