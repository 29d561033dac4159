package io.mailrouter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds what a decision and an accepted send allocate, so that whoever adds an object to them sees it.
 *
 * <p>Counted in a JVM whose compiler removes no object, for else the figure would depend on how far it had come: the same
 * to a byte or two however loaded the machine is, and never less than what a warm service allocates.
 */
class AllocationTest {

    /** What was counted, the same on JDK 17 and 25. Whoever makes it less lowers them. */
    private static final long DECISION = 1_264;

    private static final long SEND = 2_312;

    /** Less than the smallest object, and more than the rounds differ by. */
    private static final long MARGIN = 15;

    @Test
    void aDecisionAndASendAmongThreeProvidersAllocateNoMoreThanTheyDid(@TempDir Path directory) throws Exception {
        Map<String, Long> bytes = counted(directory.resolve("out"));

        System.out.println("bytes allocated: " + bytes);
        assertThat(bytes.get("decision")).isPositive().isLessThanOrEqualTo(DECISION + MARGIN);
        assertThat(bytes.get("send")).isPositive().isLessThanOrEqualTo(SEND + MARGIN);
    }

    private static Map<String, Long> counted(Path output) throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AllocationMain.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).as("ends by itself").isTrue();
            return Files.readAllLines(output).stream()
                    .map(line -> line.split(" "))
                    .filter(words -> words[0].equals("decision") || words[0].equals("send"))
                    .collect(Collectors.toMap(words -> words[0], words -> Long.valueOf(words[1])));
        } finally {
            jvm.destroyForcibly();
        }
    }
}
