package io.mailrouter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mailrouter.suppression.CanonicalAddress;
import io.mailrouter.suppression.Suppression;
import io.mailrouter.suppression.SuppressionList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A suppression list of 100,000 addresses. */
class SuppressionSizeTest extends SuppressionNodes {
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
    private double micros(String command) {
        String line = String.valueOf(redis.call("INFO", "commandstats"))
                .replaceAll("(?s).*(cmdstat_" + command + ":[^\r]*).*", "$1");
        return Double.parseDouble(line.replaceAll(".*usec_per_call=([0-9.]+).*", "$1"));
    }

    private long memory() {
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
