package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.mailrouter.provider.Secret;
import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.Suppression.Reason;
import io.mailrouter.suppression.SuppressionList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One suppression list, seen by several nodes. */
class SharedSuppressionTest extends SuppressionNodes {
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
        assertThat(took).isLessThan(Duration.ofSeconds(20));
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
}
