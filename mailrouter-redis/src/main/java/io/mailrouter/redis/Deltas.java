package io.mailrouter.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is to be added to one provider's counters. Used by one thread.
 *
 * <p>The counters fade while they wait, for they tell of the last seconds and must not arrive after an outage as if
 * they were new. The usage does not fade, for quotas count all of it.
 */
final class Deltas {

    private static final int FADING = Tally.USED;

    private final double[] counters = new double[FADING];
    private final List<Tally.Returned> returned = new ArrayList<>(0);
    private long used;

    /** Adds what lies between two readings of a tally. */
    void add(long[] from, long[] to) {
        for (int i = 0; i < FADING; i++) {
            double scale = i == Tally.LATENCY_NANOS ? 1e-6 : 1;
            counters[i] += (to[i] - from[i]) * scale;
        }
        used += to[FADING] - from[FADING];
    }

    /** Adds what was given back. It does not fade either. */
    void add(List<Tally.Returned> given) {
        returned.addAll(given);
    }

    void fade(double factor) {
        for (int i = 0; i < FADING; i++) {
            // A remainder that nobody could see would only be carried along, down to the denormal numbers.
            counters[i] = counters[i] < 1e-6 ? 0 : counters[i] * factor;
        }
    }

    /**
     * Returns the counters (latency in milliseconds) and the usage, as the script reads them: how many were used, and then
     * hour by hour how many were given back.
     */
    List<String> arguments() {
        return Stream.concat(IntStream.range(0, FADING).mapToObj(i -> Double.toString(counters[i])), Stream.of(usage()))
                .collect(Collectors.toList());
    }

    private String usage() {
        StringBuilder usage = new StringBuilder(Long.toString(used));
        for (Tally.Returned one : returned) {
            usage.append(' ').append(one.hour()).append(' ').append(one.recipients());
        }
        return usage.toString();
    }
}
