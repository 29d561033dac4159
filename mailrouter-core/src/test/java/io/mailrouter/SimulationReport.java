package io.mailrouter;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keeps the figures and pictures of all scenarios where git sees them change. */
final class SimulationReport {

    private static final Path FOLDER = Path.of("docs", "simulation");

    private static final String HEAD = """
            # Simulated fleets

            Real services on a virtual clock, with simulated providers; `SimulationTest` says how. The pictures and this page are
            written by the build, the same to the byte each time: a change of policy shows in the diff.

                mvn -B -pl mailrouter-core -am test -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false

            """;

    private final Map<String, Scenario> scenarios = new TreeMap<>();

    private record Scenario(String title, List<Figure> figures) {}

    /** A number with its meaning; the goal is empty where the issue names none. */
    record Figure(String what, String value, String goal) {}

    /** Writes the chart of one scenario, named so that the names sort. */
    synchronized void add(String name, String title, List<Figure> figures, SimulationChart chart) throws IOException {
        scenarios.put(name, new Scenario(title, List.copyOf(figures)));
        List<String> lines = new ArrayList<>();
        for (Figure figure : figures) {
            lines.add(
                    figure.what + ": " + figure.value + (figure.goal.isEmpty() ? "" : " (goal: " + figure.goal + ")"));
        }
        write(name + ".svg", chart.draw(title, lines));
    }

    /** Writes the page, unless only some scenarios were run. */
    synchronized void write(int expected) throws IOException {
        if (scenarios.size() < expected) {
            return;
        }
        StringBuilder page = new StringBuilder(HEAD);
        scenarios.forEach((name, scenario) -> {
            page.append("## ").append(scenario.title).append("\n\n| | figure | goal |\n|---|---|---|\n");
            for (Figure figure : scenario.figures) {
                page.append("| " + figure.what + " | " + figure.value + " | " + figure.goal + " |\n");
            }
            page.append("\n![" + scenario.title + "](" + name + ".svg)\n\n");
        });
        write("README.md", page.toString());
    }

    /** Leaves a file alone that says so already. */
    private static void write(String name, String text) throws IOException {
        Path file = Files.createDirectories(FOLDER).resolve(name);
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
