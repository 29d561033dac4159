package io.mailrouter.benchmarks.contest;

import java.util.Locale;

/**
 * A line of the one table that all benchmarks together write. What does not apply is an empty text.
 *
 * @param benchmark what was measured
 * @param scenario under which circumstances
 * @param contender who did it
 * @param figure median, minimum and maximum, with their unit
 * @param cpu the client's CPU per operation in microseconds
 * @param bytes how much one operation allocates
 * @param ratio how many times the contender's speed is the library's
 */
public record Row(
        String benchmark, String scenario, String contender, String figure, String cpu, String bytes, String ratio) {

    /** The head of the table. */
    public static final String HEAD = """
            | benchmark | scenario | contender | JDK | median (min to max) | CPU us | bytes | mailrouter / it |
            |---|---|---|---|---|---|---|---|
            """;

    /** Returns a row of a rate and the CPU that it takes. */
    static Row of(String benchmark, String scenario, String contender, Spread rate, Spread cpu, double ours) {
        return new Row(
                benchmark,
                scenario,
                contender,
                rate.text("%,.0f") + " /s",
                cpu.text("%.1f"),
                "",
                String.format(Locale.ROOT, "%.2f", ours / rate.median()));
    }

    /** Returns a row of the time and the bytes that one operation takes; the ratio is empty where nothing is compared. */
    public static Row ofTime(
            String benchmark, String scenario, String contender, Spread nanos, Spread cpu, double bytes, String ratio) {
        return new Row(
                benchmark,
                scenario,
                contender,
                nanos.text("%,.0f") + " ns",
                cpu.text("%,.2f"),
                String.format(Locale.ROOT, "%,.0f", bytes),
                ratio);
    }

    /** Returns it as a line of Markdown, with this JVM's version. */
    public String markdown() {
        return "| "
                + String.join(
                        " | ",
                        benchmark,
                        scenario,
                        contender,
                        String.valueOf(Runtime.version().feature()),
                        figure,
                        cpu,
                        bytes,
                        ratio)
                + " |";
    }
}
