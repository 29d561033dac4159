package io.mailrouter.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.benchmarks.contest.Row;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RunScriptTest {

    /** Of a program, not of the JVM. */
    private static final Pattern PROPERTY = Pattern.compile("-D((?!java\\.)[a-zA-Z.]+)=");

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

    @Test
    void setsOnlyPropertiesThatProgramsRead() throws IOException {
        String script = Files.readString(Path.of("run"));
        List<String> properties = PROPERTY.matcher(script)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toUnmodifiableList());
        String sources = sources();

        assertThat(properties)
                .isNotEmpty()
                .allSatisfy(property -> assertThat(sources).contains("(\"" + property + "\""));
    }

    private static String sources() throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
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
