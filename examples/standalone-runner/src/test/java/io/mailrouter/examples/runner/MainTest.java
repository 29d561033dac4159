package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the runner answers without running. */
class MainTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(Map<String, String> environment, String... arguments) {
        return Main.run(
                List.of(arguments),
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String answer() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String problem() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void helpNeedsNoEnvironment() {
        assertThat(run(Map.of(), "--help")).isZero();

        assertThat(answer()).contains("--drain", "Exit codes", "MAILROUTER_QUEUE_URL");
        assertThat(problem()).isEmpty();
    }

    @Test
    void saysItsVersion() throws Exception {
        assertThat(run(Map.of(), "--version")).isZero();

        String version = answer().strip().replace("mailrouter-runner ", "");
        assertThat(version).matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
        assertThat(Files.readString(Path.of("pom.xml"))).contains("<version>" + version + "</version>");
    }

    @Test
    void refusesAnUnknownArgument() {
        assertThat(run(Map.of(), "--drian")).isEqualTo(2);

        assertThat(problem()).contains("Unknown argument --drian: --drain, --help and --version are known");
        assertThat(answer()).isEmpty();
    }

    @Test
    @DisplayName("C10 where logs are JSON, a wrong environment is a line of JSON too, and shows no secret")
    void saysInJsonWhatIsWrong() throws Exception {
        Map<String, String> environment =
                Map.of("MAILROUTER_LOG", "json", "MAILROUTER_REDIS_URI", "http://u:canary@redis");

        assertThat(run(environment)).isEqualTo(2);

        assertThat(problem().lines()).hasSize(1);
        JsonNode line = new JsonMapper().readTree(problem());
        assertThat(line.path("level").asText()).isEqualTo("ERROR");
        assertThat(line.path("problems").toString())
                .contains("MAILROUTER_QUEUE_URL is not set", "MAILROUTER_REDIS_URI is malformed")
                .doesNotContain("canary");
    }
}
