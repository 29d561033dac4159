package io.mailrouter.redis;

import io.mailrouter.health.FleetCircuit;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The circuit of one provider as it stands in Redis, read at a reading of this node's clock.
 *
 * @param text as it stands there
 * @param trips how often it has opened in a row
 * @param holder the node that may try an open one; a hyphen for none
 * @param failed the node whose trial has failed last; a hyphen for none
 * @param circuit what a service is told of it
 */
record SharedCircuit(String text, int trips, String holder, String failed, FleetCircuit circuit) {

    private static final String TIME = "(\\d{1,15})";
    private static final String NODE = "([A-Za-z0-9._-]{1,80})";
    private static final Pattern TEXT = Pattern.compile(String.join(
            " ", "1", TIME, "(open|closed|reset)", TIME, TIME, TIME, "(\\d{1,6})", NODE, TIME, "(\\d{1,6})", NODE));

    /** No circuit is open for longer, whatever stands there. */
    private static final long LONGEST_MILLIS = Duration.ofDays(1).toMillis();

    /** No node may try for longer. */
    private static final long LONGEST_LEASE_MILLIS = Duration.ofSeconds(30).toMillis();

    /**
     * Reads what stands there; nothing where this version does not know such a circuit.
     *
     * @param serverMillis the server's time when it was read
     * @param nanoTime this node's
     * @param node this node's name
     */
    static Optional<SharedCircuit> parse(String text, long serverMillis, long nanoTime, String node) {
        Matcher words = TEXT.matcher(text);
        if (!words.matches()) {
            return Optional.empty();
        }
        long since = Long.parseLong(words.group(3));
        long whole = Long.parseLong(words.group(5)) - since;
        long half = Long.parseLong(words.group(4)) - since;
        if (whole < 0 || whole > LONGEST_MILLIS || half < 0 || half > whole) {
            return Optional.empty();
        }
        // After a failover the server's clock may be behind: then it has only just begun.
        long age = Math.max(0, serverMillis - since);
        String holder = words.group(7);
        long lease = Long.parseLong(words.group(8)) - serverMillis;
        FleetCircuit circuit = new FleetCircuit(
                Long.parseLong(words.group(1)),
                FleetCircuit.State.valueOf(words.group(2).toUpperCase(Locale.ROOT)),
                nanoTime - nanos(age),
                nanoTime + nanos(half - age),
                nanoTime + nanos(whole - age),
                Integer.parseInt(words.group(9)),
                leaseOf(holder, node),
                nanoTime + nanos(Math.min(lease, LONGEST_LEASE_MILLIS)));
        return Optional.of(new SharedCircuit(text, Integer.parseInt(words.group(6)), holder, words.group(10), circuit));
    }

    private static FleetCircuit.Lease leaseOf(String holder, String node) {
        if (holder.equals("-")) {
            return FleetCircuit.Lease.NOBODY;
        }
        return holder.equals(node) ? FleetCircuit.Lease.HERE : FleetCircuit.Lease.ELSEWHERE;
    }

    private static long nanos(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    /** Says whether this was decided before another. */
    boolean isOlderThan(SharedCircuit other) {
        return circuit.epoch() < other.circuit.epoch();
    }

    /** Returns it as a script reads it that is to write it again. */
    List<String> arguments(long nanoTime) {
        return List.of(
                circuit.state().name().toLowerCase(Locale.ROOT),
                millis(nanoTime - circuit.since()),
                millis(circuit.inNeedFrom() - nanoTime),
                millis(circuit.until() - nanoTime),
                Integer.toString(trips),
                holder,
                millis(circuit.leaseUntil() - nanoTime),
                Integer.toString(circuit.nodes()),
                failed);
    }

    private static String millis(long nanos) {
        return Long.toString(Duration.ofNanos(nanos).toMillis());
    }
}
