package io.mailrouter.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.benchmarks.contest.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RunScriptTest {

    @Test
    void namesProgramsThatAreThere() throws IOException {
        List<String> programs = list();

        assertThat(programs)
                .isNotEmpty()
                .doesNotHaveDuplicates()
                .allSatisfy(program -> assertThat(classFile(program)).isRegularFile());
    }

    @Test
    void writesTheHeadThatTheRowsBelongTo() throws IOException {
        String script = Files.readString(Path.of("run"));

        assertThat(Row.HEAD.lines())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(script).contains("echo '" + line + "'"));
    }

    private static List<String> list() throws IOException {
        Process run = new ProcessBuilder("bash", "run", "--list")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = run.inputReader(StandardCharsets.UTF_8)) {
            return lines.lines().collect(Collectors.toUnmodifiableList());
        }
    }

    private static Path classFile(String program) {
        return Path.of("target/classes/io/mailrouter/benchmarks", program.replace('.', '/') + ".class");
    }
}
