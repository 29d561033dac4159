package io.mailrouter.examples.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JarsTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    /** The benchmarks are no library: nobody can depend on what is not published. */
    private static List<Path> libraries() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.filter(m -> m.getFileName().toString().startsWith("mailrouter-"))
                    .filter(m -> !m.endsWith("mailrouter-benchmarks"))
                    .map(m -> m.resolve("target/classes"))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    @Test
    @DisplayName("T17 no library jar holds a resource that would take over the user's application")
    void leaveTheUsersConfigurationAlone() throws IOException {
        List<Path> libraries = libraries();
        assertThat(libraries).hasSizeGreaterThanOrEqualTo(7);

        for (Path library : libraries) {
            try (Stream<Path> files = Files.walk(library)) {
                assertThat(files.filter(Files::isRegularFile)
                                .map(f -> library.relativize(f).toString()))
                        .allSatisfy(name -> assertThat(name)
                                .as("a class, or a resource below our own package")
                                .matches("io/mailrouter/.*|META-INF/(MANIFEST.MF|maven/.*)"));
            }
        }
    }
}
