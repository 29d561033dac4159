package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Email;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import io.mailrouter.testkit.Faults.Direction;
import io.mailrouter.testkit.RecordingProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of the suppression list when Redis is away, slow, wiped, full or holds garbage. */
class SuppressionFaultsTest extends SuppressionNodes {
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
        proxy.delay(Direction.ANSWERS, Duration.ofSeconds(20));
        long began = System.nanoTime();
        Map<CanonicalAddress, Suppression> found = list.lookUp(Set.of(ADA, BOB), BUDGET);
        long took = System.nanoTime() - began;

        assertThat(found).containsOnlyKeys(ADA);
        assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(10));
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

        assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(10));
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
        a.add(ADA, BOUNCED);
        await().atMost(LONG).until(() -> finds(b, BOB) && finds(b, ADA));
        redis.call("SET", keys[1], "nonsense");
        CanonicalAddress carol = CanonicalAddress.of("carol@example.org");
        a.add(carol, BOUNCED);

        await().atMost(LONG).until(() -> finds(b, carol));
    }

    @Test
    @DisplayName("R11 a log that was lost, and then a reading that is cut short: the list is read again all the same")
    void readsAgainWhatItCouldNotReadToItsEnd() {
        redis.call("ACL", "SETUSER", "reader", "on", ">reader", "~*", "&*", "+@all");
        String[] keys = SuppressionKeys.of(new FleetKeys(namespace)).ofNews();
        SuppressionList a = node();
        SuppressionList b = read(
                "redis://reader:reader@127.0.0.1:" + redis.port(), settings -> settings.readEvery(Duration.ofDays(1)));
        a.add(BOB, BOUNCED);
        await().atMost(LONG).until(() -> finds(b, BOB));
        redis.call("ACL", "SETUSER", "reader", "-hscan");
        redis.call("ACL", "LOG", "RESET");
        // As one change: b never sees the log with ada in it.
        redis.call(List.of(
                List.of("MULTI"),
                List.of("HSET", shardOf(ADA), field(ADA), SuppressionText.of(BOUNCED)),
                List.of("DEL", keys[1], keys[2]),
                List.of("EXEC")));
        await().atMost(LONG)
                .until(() -> String.valueOf(redis.call("ACL", "LOG")).contains("hscan"));
        redis.call("ACL", "SETUSER", "reader", "+hscan");

        await().atMost(LONG).until(() -> finds(b, ADA));
    }
}
