package io.mailrouter.examples.runner;

import io.mailrouter.sqs.DeadLetter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Dead letters for an operator's screen: a row each, recipients masked. */
final class DeadLetterTable {

    private static final List<String> HEAD =
            List.of("SINCE", "REASON", "CODE", "ATTEMPTS", "FROM", "PROVIDERS", "RECIPIENTS", "ID", "DETAIL");
    private static final int MOST_RECIPIENTS = 3;

    private DeadLetterTable() {}

    static String of(List<DeadLetter> letters) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        letters.forEach(letter -> rows.add(row(letter)));
        int[] widths = new int[HEAD.size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining(System.lineSeparator()));
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
        }
        return line.toString().stripTrailing();
    }

    private static List<String> row(DeadLetter letter) {
        return List.of(
                letter.sentAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                letter.reason(),
                shown(letter.code()),
                letter.attempts() == 0 ? "-" : String.valueOf(letter.attempts()),
                shown(letter.sourceQueue().substring(letter.sourceQueue().lastIndexOf(':') + 1)),
                shown(letter.providers().stream()
                        .map(tried -> tried.name() + ":" + tried.code())
                        .collect(Collectors.joining(","))),
                shown(recipients(letter.recipients())),
                letter.messageId(),
                shown(letter.detail()));
    }

    private static String recipients(List<String> all) {
        String first = all.stream().limit(MOST_RECIPIENTS).collect(Collectors.joining(","));
        return all.size() > MOST_RECIPIENTS ? first + ",+" + (all.size() - MOST_RECIPIENTS) : first;
    }

    private static String shown(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
