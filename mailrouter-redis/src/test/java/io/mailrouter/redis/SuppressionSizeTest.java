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

/** A suppression list of 20,000 addresses, or as many as {@code -Dmailrouter.suppression.size} says. */
class SuppressionSizeTest extends SuppressionNodes {

    private static final int SIZE = Integer.getInteger("mailrouter.suppression.size", 20_000);

    @Test
    void holdsMany() {
        SuppressionList a = node();
        SuppressionList b = node();
        long before = memory();
        Map<CanonicalAddress, Suppression> many = new HashMap<>();
        for (int i = 0; i < SIZE; i++) {
            many.put(CanonicalAddress.of("r" + i + "@example.org"), BOUNCED);
        }
        long began = System.nanoTime();
        redis.call("CONFIG", "RESETSTAT");
        a.addAll(many);
        report("adding " + SIZE, System.nanoTime() - began);
        report("us of Redis for a call that adds 100 or notes that: " + micros("evalsha"));
        report("bytes of Redis per address: " + (memory() - before) / (double) SIZE);
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
        report("reading " + SIZE + " (its beginning is spread over 100 ms)", System.nanoTime() - began);
        assertThat(c).hasToString("RedisSuppressionList[" + SIZE + " addresses]");

        Set<CanonicalAddress> strangers = new HashSet<>();
        for (int i = 0; i < SIZE / 2; i++) {
            strangers.add(CanonicalAddress.of("s" + i + "@example.org"));
        }
        long hits = redis.received("hmget");
        long strange = time(c, strangers, false);
        long wrong = redis.received("hmget") - hits;
        report("false positives in " + SIZE / 2 + ": " + wrong);
        report("look-up of who is not on it, each", strange / (SIZE / 2));
        long known = time(c, new HashSet<>(new ArrayList<>(many.keySet()).subList(0, 2_000)), true);
        report("look-up of who is on it, each", known / 2_000);
        assertThat(wrong).isLessThan(SIZE / 200);
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
