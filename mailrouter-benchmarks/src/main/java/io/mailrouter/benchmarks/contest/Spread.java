package io.mailrouter.benchmarks.contest;

import java.util.Arrays;
import java.util.Locale;

/** The median, the smallest and the largest of what was measured several times. */
public record Spread(double median, double min, double max) {

    /** Returns the spread of these figures, of which there is at least one. */
    public static Spread of(double... figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** Returns it as people read it, each figure formatted alike, such as {@code %,.0f}. */
    public String text(String format) {
        return String.format(Locale.ROOT, format + " (" + format + " to " + format + ")", median, min, max);
    }
}
