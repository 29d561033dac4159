package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.idempotency.Claim;
import io.mailrouter.idempotency.IdempotencyStore;
import io.mailrouter.idempotency.KeyState;
import io.mailrouter.idempotency.Settlement;
import io.mailrouter.idempotency.Ticket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written of a key, how long it is kept, and what cannot be read. */
class RedisKeyRecordTest {

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final Duration LEASE = Duration.ofSeconds(40);
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static RedisServer redis;

    private final String namespace = "r" + NAMESPACES.incrementAndGet();
    private final String record = "mr:" + namespace + ":idem:{key1}";
    private final AtomicInteger owners = new AtomicInteger();
    private RedisFleet fleet;
    private IdempotencyStore store;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void join() {
        fleet = RedisFleet.builder()
                .uri(redis.uri())
                .namespace(namespace)
                .syncEvery(Duration.ofMillis(100))
                .build();
        store = fleet.idempotencyStore();
        await().atMost(Duration.ofSeconds(60)).until(() -> fleet.snapshot().connected());
    }

    @AfterEach
    void leave() {
        fleet.close();
    }

    private Ticket ticket() {
        return new Ticket("key1", "1:" + "f".repeat(64), "owner-" + owners.incrementAndGet(), LEASE);
    }

    private Ticket granted() {
        Ticket ticket = ticket();
        assertThat(store.begin(ticket, WITHIN)).isEqualTo(new Claim.Granted());
        return ticket;
    }

    private Duration kept() {
        return Duration.ofMillis((Long) redis.call("PTTL", record));
    }

    private static void assertAbout(Duration actual, Duration expected) {
        assertThat(actual).isBetween(expected.minusSeconds(60), expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyState.class,
            names = {"IN_FLIGHT"},
            mode = EnumSource.Mode.EXCLUDE)
    void aSentKeyIsKeptForADayAndAnyOtherForAWeek(KeyState state) {
        store.settle(granted(), Settlement.of(state, "ses", "m", "code"), WITHIN);

        assertAbout(kept(), state == KeyState.SENT ? Duration.ofDays(1) : Duration.ofDays(7));
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyState.class,
            names = {"IN_FLIGHT"},
            mode = EnumSource.Mode.EXCLUDE)
    void aKeyIsKeptAsLongAsTheStoreIsTold(KeyState state) {
        store = fleet.idempotencyStore(keep -> keep.sent(Duration.ofDays(90)).unclear(Duration.ofMinutes(90)));

        store.settle(granted(), Settlement.of(state, "ses", "m", "code"), WITHIN);

        assertAbout(kept(), state == KeyState.SENT ? Duration.ofDays(90) : Duration.ofMinutes(90));
    }

    @Test
    void aKeyInFlightIsKeptPastItsLeaseAsLongAsAnUnclearOne() {
        store = fleet.idempotencyStore(keep -> keep.unclear(Duration.ofMinutes(1)));
        Ticket ticket = granted();
        assertAbout(kept(), LEASE.plusMinutes(1));
        redis.call("PEXPIRE", record, "1000");

        assertThat(store.renew(ticket, WITHIN)).isTrue();

        assertThat(kept()).isBetween(LEASE.plusSeconds(30), LEASE.plusMinutes(1));
    }

    @Test
    void refusesTimesOutOfTheirRange() {
        assertThatThrownBy(() -> fleet.idempotencyStore(keep -> keep.sent(Duration.ofSeconds(59))))
                .hasMessage("idempotencyStore sent is PT59S: PT1M to PT2160H is possible");
        assertThatThrownBy(() -> fleet.idempotencyStore(keep -> keep.unclear(Duration.ofDays(91))))
                .hasMessage("idempotencyStore unclear is PT2184H: PT1M to PT2160H is possible");
    }

    @Test
    void aSettledRecordHoldsNothingOfTheLease() {
        Ticket ticket = granted();
        store.settle(ticket, Settlement.of(KeyState.SENT, "ses", "m-1", "accepted"), WITHIN);

        assertThat(redis.call("HKEYS", record))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .containsExactlyInAnyOrder("v", "state", "print", "owner", "begun", "provider", "id", "code");
    }

    @Test
    void aRecordIsStoredInOnePiece() {
        Ticket ticket = new Ticket("key1", "1:" + "f".repeat(64), "0b6f7e0e-7f51-4c8e-9d59-6ab2a3f6a001-123456", LEASE);
        store.begin(ticket, WITHIN);
        String id = "0100018f3c5b8b5a-3a4b5c6d-1234-5678-9abc-def012345678-000000";
        store.settle(ticket, Settlement.of(KeyState.SENT, "ses-eu-west-1", id, "accepted"), WITHIN);

        assertThat(String.valueOf(redis.call("OBJECT", "ENCODING", record))).isIn("ziplist", "listpack");
    }

    @Test
    void wordsOfAProviderComeBackAsTheyWere() {
        Settlement odd = new Settlement(
                KeyState.SENT,
                "ses",
                "<1 2\u00e9\n3@x>",
                "two words",
                List.of(
                        new Settlement.Other(3, KeyState.REFUSED, "550 5.1.1"),
                        new Settlement.Other(4, KeyState.AMBIGUOUS, "")));
        store.settle(granted(), odd, WITHIN);

        assertThat(store.begin(ticket(), WITHIN))
                .isInstanceOfSatisfying(
                        Claim.Settled.class,
                        settled -> assertThat(settled.settlement()).isEqualTo(odd));
    }

    private void write(String... words) {
        assertThat(String.valueOf(redis.call(words))).doesNotStartWith("-");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-3", "1.5", "many", "99999999999999999999"})
    void aCountThatCannotBeIsTakenForOne(String times) {
        Ticket ticket = granted();
        write("HSET", record, "times", times);

        assertThat(store.begin(ticket, WITHIN)).isEqualTo(new Claim.Granted(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET %s garbage",
                "RPUSH %s garbage",
                "HSET %s v 2 state SENT print p owner o begun 1",
                "HSET %s v 1 state LOST print p owner o begun 1",
                "HSET %s v 1 state SENT print p owner o begun yesterday",
                "HSET %s v 1 state SENT print p owner o begun 99999999999999999999",
                "HSET %s v 1 state IN_FLIGHT print p owner o begun 1",
                "HSET %s v 1 state SENT owner o begun 1",
                "HSET %s state SENT print p owner o begun 1"
            })
    @DisplayName("R11 a record that cannot be read is ambiguous, never granted, never changed, and counted")
    void anUnreadableRecordIsNeverGranted(String command) {
        write(String.format(command, record).split(" "));
        Object dump = redis.call("DUMP", record);
        Ticket ticket = ticket();

        Claim claim = store.begin(ticket, WITHIN);

        assertThat(claim)
                .isInstanceOfSatisfying(
                        Claim.Settled.class,
                        settled -> assertThat(settled.settlement())
                                .isEqualTo(Settlement.of(KeyState.AMBIGUOUS, "", "", "record_unreadable")));
        assertThat(store.retake(ticket, ((Claim.Settled) claim).owner(), WITHIN))
                .isEqualTo(claim);
        assertThat(store.renew(ticket, WITHIN)).isFalse();
        assertThat(store.settle(ticket, Settlement.leaseEnded(), WITHIN)).isFalse();
        assertThat(redis.call("DUMP", record)).isEqualTo(dump);
        assertThat(fleet.ignored()).isEqualTo(4);
    }

    @Test
    @DisplayName("R11 unreadable records are warned of once a minute, without a key")
    void warnsOnceOfUnreadableRecords() {
        write("SET", record, "garbage");
        try (Logs logs = Logs.from(Level.INFO)) {
            store.begin(ticket(), WITHIN);
            store.begin(ticket(), WITHIN);

            assertThat(logs.ofFleet(Level.WARN, redis))
                    .singleElement()
                    .asString()
                    .contains("a record of an idempotency key that this version cannot read")
                    .doesNotContain("key1");
        }
    }

    @Test
    @DisplayName("R11 recipients that cannot be read are no reason to send again")
    void unreadableRecipientsAreNeverGranted() {
        Settlement partly = new Settlement(
                KeyState.SENT, "ses", "m", "partial", List.of(new Settlement.Other(1, KeyState.REFUSED, "smtp_550")));
        store.settle(granted(), partly, WITHIN);
        redis.call("HSET", record, "others", "one REFUSED smtp_550");

        assertThat(store.begin(ticket(), WITHIN))
                .isInstanceOfSatisfying(
                        Claim.Settled.class,
                        settled -> assertThat(settled.settlement().code()).isEqualTo("record_unreadable"));
    }

    @Test
    @DisplayName("R11 a field of a newer version is left alone")
    void aFieldOfANewerVersionStays() {
        Ticket ticket = granted();
        redis.call("HSET", record, "newer", "1");

        assertThat(store.settle(ticket, Settlement.of(KeyState.SENT, "ses", "m", "accepted"), WITHIN))
                .isTrue();

        assertThat(redis.call("HGET", record, "newer")).isEqualTo("1");
    }

    @Test
    @DisplayName("R8 a user that may not touch the keys' records: one warning that says so")
    void saysThatAPermissionIsMissing() {
        redis.call("ACL", "SETUSER", "mail", "on", ">canary-5c1e", "~{mr:*", "&*", "+@all");
        try (Logs logs = Logs.from(Level.INFO);
                RedisFleet limited = RedisFleet.builder()
                        .uri("redis://mail:canary-5c1e@127.0.0.1:" + redis.port())
                        .namespace(namespace)
                        .syncEvery(Duration.ofMillis(100))
                        .build()) {
            store = limited.idempotencyStore();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> limited.snapshot().connected());
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> store.begin(ticket(), WITHIN)).hasMessageContaining("NOPERM");
            }
            assertThat(logs.ofFleet(Level.WARN, "idempotency store asks"))
                    .singleElement()
                    .asString()
                    .contains("NOPERM", "acl-user.txt")
                    .doesNotContain("canary-5c1e");

            redis.call("ACL", "SETUSER", "mail", "~mr:*");

            Ticket ticket = granted();
            assertThat(store.renew(ticket, WITHIN)).isTrue();
            assertThat(store.settle(ticket, Settlement.leaseEnded(), WITHIN)).isTrue();
            assertThat(store.retake(ticket(), ticket.owner(), WITHIN)).isEqualTo(new Claim.Granted(2));
        }
    }

    @Test
    @DisplayName(
            "R8 a user that may not do a part of the script: one warning that says so, whatever the server's version")
    void saysThatAPartIsMissing() {
        redis.call("ACL", "SETUSER", "partly", "on", ">canary-7d2f", "~*", "&*", "+@all", "-hdel");
        try (Logs logs = Logs.from(Level.INFO);
                RedisFleet limited = RedisFleet.builder()
                        .uri("redis://partly:canary-7d2f@127.0.0.1:" + redis.port())
                        .namespace(namespace)
                        .syncEvery(Duration.ofMillis(100))
                        .build()) {
            store = limited.idempotencyStore();
            await().atMost(Duration.ofSeconds(25))
                    .until(() -> limited.snapshot().connected());

            assertThatThrownBy(() -> store.begin(ticket(), WITHIN)).hasMessageContaining("NOPERM");
            assertThat(logs.ofFleet(Level.WARN, "idempotency store asks"))
                    .singleElement()
                    .asString()
                    .contains("NOPERM", "acl-user.txt");
        }
    }

    @Test
    @DisplayName("R10 SCRIPT FLUSH: unseen, whether a call is waited for or not")
    void sendsTheScriptAgain() {
        Ticket ticket = granted();
        redis.call("SCRIPT", "FLUSH");
        assertThat(store.renew(ticket, WITHIN)).isTrue();
        redis.call("SCRIPT", "FLUSH");

        assertThat(store.settleAsync(ticket, Settlement.leaseEnded(), WITHIN).toCompletableFuture())
                .succeedsWithin(WITHIN)
                .isEqualTo(true);
    }
}
