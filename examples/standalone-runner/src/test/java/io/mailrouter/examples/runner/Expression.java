package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a dashboard or an alert asks of a scrape: an expression of PromQL, as far as names and labels go. */
record Expression(String text) {

    private static final Path DASHBOARDS = Path.of("../../mailrouter-micrometer/dashboards");
    private static final Pattern METRIC = Pattern.compile("(mailrouter_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)=~?\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("by \\(([^)]*)\\)");

    /** Labels that Prometheus adds when it scrapes. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

    static List<Expression> ofDashboard() throws IOException {
        List<Expression> all = new ArrayList<>();
        JsonNode root = new JsonMapper().readTree(Files.readString(DASHBOARDS.resolve("grafana.json")));
        root.findValuesAsText("expr").forEach(text -> all.add(new Expression(text)));
        return all;
    }

    /** An expression stands on one line, so that no parser of YAML is needed to find it. */
    static List<Expression> ofAlerts() throws IOException {
        return Files.readAllLines(DASHBOARDS.resolve("alerts.yaml")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("expr: "))
                .map(line -> new Expression(line.substring("expr: ".length())))
                .toList();
    }

    /** Returns what it names that is not in a scrape: metrics, labels, and values of labels. */
    List<String> missingIn(String scrape) {
        List<String> missing = new ArrayList<>();
        Set<String> labels = new TreeSet<>(OF_PROMETHEUS);
        METRIC.matcher(text).results().forEach(metric -> {
            List<String> series = scrape.lines()
                    .filter(line -> line.startsWith(metric.group(1) + "{") || line.startsWith(metric.group(1) + " "))
                    .toList();
            if (series.isEmpty()) {
                missing.add(metric.group(1));
            }
            series.forEach(line -> MATCHER.matcher(line).results().forEach(label -> labels.add(label.group(1))));
            if (metric.group(2) != null) {
                missing.addAll(missingLabels(metric.group(2), series));
            }
        });
        GROUPING.matcher(text)
                .results()
                .flatMap(by -> Arrays.stream(by.group(1).split(", ")))
                .filter(label -> !labels.contains(label))
                .forEach(missing::add);
        return missing;
    }

    private static List<String> missingLabels(String matchers, List<String> series) {
        List<String> missing = new ArrayList<>();
        MATCHER.matcher(matchers)
                .results()
                .filter(label -> !OF_PROMETHEUS.contains(label.group(1)))
                .forEach(label -> {
                    for (String value : label.group(2).split("\\|")) {
                        String wanted = label.group(1) + "=\"" + value + "\"";
                        if (series.stream().noneMatch(line -> line.contains(wanted))) {
                            missing.add(wanted);
                        }
                    }
                });
        return missing;
    }
}
