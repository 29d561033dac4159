package io.mailrouter.benchmarks.hot;

import io.mailrouter.benchmarks.contest.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the hot paths cost, and what is told by two of them together. */
final class HotTable {

    private static final String SEND = "accepted send, providers 3";
    private static final String BARE = "accepted send";
    private static final String RESULT = "result alone";

    private final List<HotPath> paths;

    HotTable(List<HotPath> paths) {
        this.paths = List.copyOf(paths);
    }

    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        paths.forEach(path -> rows.add(path.scenario().equals(BARE) ? besideOurs(path) : path.row("mailrouter", "")));
        beyondTheResult().ifPresent(rows::add);
        return rows;
    }

    private Row besideOurs(HotPath bare) {
        String ratio = find(SEND)
                .map(ours -> String.format(
                        Locale.ROOT,
                        "%.2f",
                        bare.nanos().median() / ours.nanos().median()))
                .orElse("");
        return bare.row("the same parts by hand", ratio);
    }

    /** What the way to a result allocates besides the result, which is the caller's. */
    private Optional<Row> beyondTheResult() {
        return find(SEND)
                .flatMap(send -> find(RESULT)
                        .map(result -> new Row(
                                HotPath.BENCHMARK,
                                SEND + ", beyond its result",
                                "mailrouter",
                                "",
                                "",
                                String.format(Locale.ROOT, "%,.0f", send.bytes() - result.bytes()),
                                "")));
    }

    private Optional<HotPath> find(String scenario) {
        return paths.stream().filter(path -> path.scenario().equals(scenario)).findFirst();
    }
}
