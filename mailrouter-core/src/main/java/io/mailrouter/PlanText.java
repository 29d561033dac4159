package io.mailrouter;

import io.mailrouter.route.Candidate;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Writes a plan for people. Pure. */
final class PlanText {

    private static final List<String> HEAD =
            List.of("", "provider", "score", "latency", "errors", "in flight", "weight", "cost", "quota", "slow start");

    private PlanText() {}

    /** Returns one line: who is tried in which order, with the score, and who is not and why. */
    static String line(RoutePlan plan) {
        StringBuilder line = new StringBuilder();
        for (RoutePlan.Choice choice : plan.ranked()) {
            line.append(line.isEmpty() ? "" : ", ").append(choice.provider());
            choice.score().ifPresent(score -> line.append(' ').append(number(score)));
        }
        line.append(line.isEmpty() ? "nobody" : "");
        String begin = "; skipped: ";
        for (Skipped skip : plan.skipped()) {
            line.append(begin).append(skip.provider()).append(' ').append(why(skip));
            begin = ", ";
        }
        return line.toString();
    }

    /** Returns a line for each provider below a head. */
    static String table(RoutePlan plan) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (RoutePlan.Choice choice : plan.ranked()) {
            rows.add(row(rows.size(), choice));
        }
        int names = plan.skipped().stream()
                .mapToInt(skip -> skip.provider().length())
                .max()
                .orElse(0);
        int[] widths = widths(rows, names);
        StringBuilder table = new StringBuilder();
        for (List<String> row : rows) {
            append(table, row, widths);
        }
        for (Skipped skip : plan.skipped()) {
            table.append(padded("-", widths[0])).append("  ").append(padded(skip.provider(), widths[1]));
            table.append("  ").append(why(skip)).append('\n');
        }
        return table.toString();
    }

    private static List<String> row(int place, RoutePlan.Choice choice) {
        Candidate candidate = choice.candidate();
        OptionalDouble score = choice.score();
        return List.of(
                String.valueOf(place),
                candidate.name(),
                score.isPresent() ? number(score.getAsDouble()) : "-",
                millis(candidate.latency()),
                number(candidate.errorRate() * 100) + " %",
                String.valueOf(candidate.inFlight()),
                number(candidate.weight()),
                number(candidate.cost()),
                number(candidate.quotaPressure()),
                number(candidate.slowStart()));
    }

    private static int[] widths(List<List<String>> rows, int names) {
        int[] widths = new int[HEAD.size()];
        widths[0] = 1;
        widths[1] = names;
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return widths;
    }

    private static void append(StringBuilder table, List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder(padded(row.get(0), widths[0]));
        line.append("  ").append(padded(row.get(1), widths[1]));
        for (int i = 2; i < row.size(); i++) {
            line.append("  ")
                    .append(" ".repeat(widths[i] - row.get(i).length()))
                    .append(row.get(i));
        }
        table.append(line.toString().stripTrailing()).append('\n');
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String why(Skipped skip) {
        return skip.reason().word()
                + skip.until().map(PlanText::until).orElse("")
                + (skip.detail().isEmpty() ? "" : " (" + skip.detail() + ")");
    }

    private static String until(Instant end) {
        return " until " + end.truncatedTo(ChronoUnit.SECONDS);
    }

    private static String millis(Duration time) {
        return number(time.toNanos() / 1e6) + " ms";
    }

    /** Three digits say enough to compare; a strategy of the user's own may answer anything. */
    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return String.valueOf(value);
        }
        return Math.abs(value) >= 100
                ? BigDecimal.valueOf(value).setScale(0, RoundingMode.HALF_UP).toPlainString()
                : BigDecimal.valueOf(value)
                        .round(new MathContext(3))
                        .stripTrailingZeros()
                        .toPlainString();
    }
}
