package io.mailrouter.examples.runner;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Says what is not for the log: why the runner does not run, and its totals; where logs are JSON, as a line of JSON. */
final class Console {

    private static final JsonMapper JSON = new JsonMapper();

    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;

    Console(Map<String, String> environment, PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
        json = environment.getOrDefault("MAILROUTER_LOG", "").strip().equals("json");
    }

    /** Says what ended the runner or kept it from starting. */
    void problem(String headline, List<String> details) {
        if (json) {
            ObjectNode line = line("ERROR", headline);
            ArrayNode list = line.putArray("problems");
            details.forEach(list::add);
            err.println(line);
            return;
        }
        err.println(details.isEmpty() ? headline : headline + ":");
        details.forEach(detail -> err.println("  " + detail));
    }

    void totals(Totals totals) {
        out.println(json ? totals.to(line("INFO", "Totals")) : totals.table());
        out.flush();
    }

    /** Says what was asked for. */
    void answer(String text) {
        out.println(text);
        out.flush();
    }

    /** The names are those of the lines that Logback writes. */
    private static ObjectNode line(String level, String message) {
        return JSON.createObjectNode()
                .put("timestamp", Instant.now().toEpochMilli())
                .put("level", level)
                .put("loggerName", Main.class.getName())
                .put("formattedMessage", message);
    }
}
