package io.mailrouter.examples.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows the job while it runs: redrawn in place on a terminal, a line every few seconds elsewhere. */
final class Screen {

    private static final int BAR = 40;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(3);

    private final boolean terminal = System.console() != null;
    private final long start = System.nanoTime();
    private int drawn;
    private long lastLine = System.nanoTime() - BETWEEN_LINES.toNanos();

    /** What there is to show at one moment. */
    record View(String act, int done, int all, long depth, List<JsonNode> runners) {}

    void show(View view) {
        if (terminal) {
            redraw(lines(view));
        } else if (System.nanoTime() - lastLine >= BETWEEN_LINES.toNanos()) {
            lastLine = System.nanoTime();
            System.out.println(String.join(" | ", lines(view)));
        }
    }

    private void redraw(List<String> lines) {
        StringBuilder screen = new StringBuilder(drawn > 0 ? "\u001b[" + drawn + "A" : "");
        lines.forEach(line -> screen.append("\u001b[2K").append(line).append('\n'));
        System.out.print(screen);
        System.out.flush();
        drawn = lines.size();
    }

    private List<String> lines(View view) {
        int filled = view.all() == 0 ? 0 : Math.min(BAR, BAR * view.done() / view.all());
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                "%3ds [%s%s] %d/%d", seconds(), "#".repeat(filled), ".".repeat(BAR - filled), view.done(), view.all()));
        lines.add(String.format("%-24s queue %4d", view.act(), view.depth()));
        merged(view.runners()).forEach((name, p) -> lines.add(String.format(
                "%-8s %-9s accepted %5d failed %3d %4.0f ms", name, p.states(), p.accepted, p.failed, p.latency())));
        return lines;
    }

    private long seconds() {
        return Duration.ofNanos(System.nanoTime() - start).toSeconds();
    }

    /** One provider as all runners together see it. */
    private static final class Merged {
        private final List<String> states = new ArrayList<>();
        private long accepted;
        private long failed;
        private double latencies;

        private String states() {
            return String.join("/", states);
        }

        private double latency() {
            return latencies / states.size();
        }
    }

    private static Map<String, Merged> merged(List<JsonNode> runners) {
        Map<String, Merged> providers = new LinkedHashMap<>();
        for (JsonNode runner : runners) {
            for (JsonNode provider : runner) {
                Merged merged = providers.computeIfAbsent(provider.path("name").asText(), n -> new Merged());
                merged.states.add(provider.path("state").asText());
                merged.accepted += provider.path("accepted").asLong();
                merged.failed += provider.path("failed").asLong();
                merged.latencies += provider.path("latencyMs").asDouble();
            }
        }
        return providers;
    }
}
