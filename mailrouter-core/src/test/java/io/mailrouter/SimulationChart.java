package io.mailrouter;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Draws a run: which share of the attempts went where, how many failed, and how long sends took. Whole numbers only, so
 * that the same run is the same picture everywhere.
 */
final class SimulationChart {

    private static final int BUCKETS = 120;
    private static final int WIDTH = 6 * BUCKETS;
    private static final int LEFT = 60;
    private static final String[] COLOURS = {"#0072b2", "#e69f00", "#009e73", "#cc79a7"};
    private static final String FAILED = "#d62728";
    private static final String UNSENT = "#999999";

    private final SimulationRun run;
    private final Duration bucket;
    private final StringBuilder svg = new StringBuilder();
    private @Nullable SimulationRun other;
    private String otherName = "";
    private final Map<Integer, String> marks = new TreeMap<>();
    private int top;

    SimulationChart(SimulationRun run) {
        this.run = run;
        this.bucket = run.lasting().dividedBy(BUCKETS);
    }

    /** Adds the line of another run's latency. */
    SimulationChart comparedWith(String name, SimulationRun baseline) {
        otherName = name;
        other = baseline;
        return this;
    }

    /** Says what begins at a moment. */
    SimulationChart mark(Duration at, String what) {
        marks.put((int) (WIDTH * at.toMillis() / run.lasting().toMillis()), what);
        return this;
    }

    String draw(String title, List<String> figures) {
        int height = 510 + 18 * figures.size();
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 " + height + "\" width=\"860\" height=\""
                        + height + "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n");
        svg.append("<rect width=\"860\" height=\"" + height + "\" rx=\"8\" fill=\"#ffffff\"/>\n");
        svg.append("<text x=\"20\" y=\"28\" font-size=\"17\" font-weight=\"bold\">" + escaped(title) + "</text>\n");
        top = 50;
        for (String figure : figures) {
            text(20, top, figure);
            top += 18;
        }
        top += 24;
        shares();
        failures();
        latencies();
        svg.append("</svg>\n");
        return svg.toString();
    }

    private Duration start(int column) {
        return bucket.multipliedBy(column);
    }

    private void shares() {
        List<String> providers = run.providers();
        legend("share of attempts, %", providers, COLOURS);
        for (int column = 0; column < BUCKETS; column++) {
            int at = column;
            long all = run.attempts(start(at), start(at + 1), t -> true);
            long below = 0;
            for (int i = 0; i < providers.size() && all > 0; i++) {
                String provider = providers.get(i);
                long upTo = below
                        + run.attempts(
                                start(at), start(at + 1), t -> t.provider().equals(provider));
                bar(column, 120 * below / all, 120 * upTo / all, 120, COLOURS[i]);
                below = upTo;
            }
        }
        panel(120, "100");
    }

    private void failures() {
        legend("per second", List.of("failing attempts", "sends without a taker"), new String[] {FAILED, UNSENT});
        IntToLongFunction failed = c -> run.attempts(start(c), start(c + 1), SimulationRun.Tried::failed);
        IntToLongFunction unsent = c -> run.sends(start(c), start(c + 1)).stream()
                .filter(s -> !(s.result() instanceof SendResult.Accepted))
                .count();
        long most = 1;
        for (int column = 0; column < BUCKETS; column++) {
            most = Math.max(most, Math.max(failed.applyAsLong(column), unsent.applyAsLong(column)));
        }
        for (int column = 0; column < BUCKETS; column++) {
            bar(column, 0, 80 * unsent.applyAsLong(column) / most, 80, UNSENT);
            bar(column, 0, 80 * failed.applyAsLong(column) / most, 80, FAILED);
        }
        panel(80, tenths(10_000 * most / bucket.toMillis()));
    }

    private void latencies() {
        List<String> names = new ArrayList<>(List.of("this run"));
        if (other != null) {
            names.add(otherName);
        }
        legend("time of accepted sends, p99, ms", names, new String[] {"#222222", UNSENT});
        long most = 1;
        for (int column = 0; column < BUCKETS; column++) {
            most = Math.max(most, Math.max(p99(run, column), other == null ? 0 : p99(other, column)));
        }
        if (other != null) {
            line(other, most, UNSENT);
        }
        line(run, most, "#222222");
        int panelTop = top;
        panel(110, Long.toString(most));
        axis(panelTop + 126);
    }

    private long p99(SimulationRun of, int column) {
        return of.p99(start(column), start(column + 1));
    }

    private void line(SimulationRun of, long most, String colour) {
        StringBuilder path = new StringBuilder();
        String next = "M";
        for (int column = 0; column < BUCKETS; column++) {
            long value = p99(of, column);
            if (value == 0) {
                next = "M";
            } else {
                path.append(next).append(LEFT + 6 * column + 3).append(' ').append(top + 110 - 110 * value / most);
                next = "L";
            }
        }
        svg.append("<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.5\"/>\n");
    }

    /** Labels the time in ten steps or so: in seconds, or in hours. */
    private void axis(int y) {
        boolean hours = run.lasting().toHours() > 1;
        long unit = hours ? 3_600 : 1;
        long last = run.lasting().toSeconds() / unit;
        long step = hours ? 2 : last > 400 ? 60 : 30;
        for (long at = 0; at <= last; at += step) {
            text((int) (LEFT + WIDTH * at / last) - 6, y, Long.toString(at));
        }
        text(LEFT + WIDTH + 24, y, hours ? "h" : "s");
    }

    private void bar(int column, long from, long to, int height, String colour) {
        if (to > from) {
            svg.append("<rect x=\"" + (LEFT + 6 * column) + "\" y=\"" + (top + height - to) + "\" width=\"6\" height=\""
                    + (to - from) + "\" fill=\"" + colour + "\"/>\n");
        }
    }

    /** Draws the frame last, and goes on below it. */
    private void panel(int height, String most) {
        svg.append("<path d=\"M" + LEFT + " " + top + "v" + height + "h" + WIDTH
                + "\" fill=\"none\" stroke=\"#222222\"/>\n");
        svg.append("<text x=\"" + (LEFT - 6) + "\" y=\"" + (top + 10) + "\" text-anchor=\"end\">" + most + "</text>\n");
        svg.append("<text x=\"" + (LEFT - 6) + "\" y=\"" + (top + height) + "\" text-anchor=\"end\">0</text>\n");
        marks.forEach((x, what) -> {
            svg.append("<path d=\"M" + (LEFT + x) + " " + (top - 2) + "v" + (height + 2)
                    + "\" stroke=\"#222222\" stroke-dasharray=\"3 3\"/>\n");
            if (height == 120) {
                svg.append("<text x=\"" + (LEFT + x + 4) + "\" y=\"" + (top + 14)
                        + "\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">" + escaped(what)
                        + "</text>\n");
            }
        });
        top += height + 44;
    }

    private void legend(String title, List<String> names, String[] colours) {
        text(LEFT, top - 10, title);
        int x = LEFT + 230;
        for (int i = 0; i < names.size(); i++) {
            svg.append("<rect x=\"" + x + "\" y=\"" + (top - 19) + "\" width=\"10\" height=\"10\" fill=\"" + colours[i]
                    + "\"/>\n");
            text(x + 14, top - 10, names.get(i));
            x += 34 + 7 * names.get(i).length();
        }
    }

    private void text(int x, int y, String text) {
        svg.append("<text x=\"" + x + "\" y=\"" + y + "\">" + escaped(text) + "</text>\n");
    }

    /** Writes a number of tenths, without the help of a locale. */
    static String tenths(long tenths) {
        return tenths % 10 == 0 ? Long.toString(tenths / 10) : tenths / 10 + "." + tenths % 10;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
