package io.mailrouter.examples.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the fault matrix against the names of the tests: a row that nobody tests any more is noticed here. A module whose
 * test extends the contract of the testkit has its sentences as well.
 */
class FaultRowsTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

    /** The rows that a test's display name begins with, such as {@code "P3 X11 no answer ..."}. */
    private static final Pattern NAMED =
            Pattern.compile("(?:@DisplayName\\(|name = )\\s*\"((?:[A-Z]\\d+(?: and |, | )?)+)");

    private static final Pattern ROW = Pattern.compile("[A-Z]\\d+");

    private static final Map<String, List<String>> WHERE = Map.of(
            "mailrouter-core",
                    rows(
                            "P", 20, 26, "P8", "P9", "P10", "P14", "P16", "P17", "T1", "T2", "T3", "T7", "T8", "T9",
                            "T11", "T12", "T13", "T14", "T16", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9",
                            "X10", "X11", "X13", "X14", "X15", "C13"),
            "mailrouter-ses",
                    rows("P", 1, 19, "P22", "P23", "P24", "X1", "X2", "C2", "C4", "C6", "C7", "C9", "C10", "C13"),
            "mailrouter-sendgrid", rows("P", 1, 19, "C2", "C4", "C6", "C7", "C9", "C10", "C13"),
            "mailrouter-smtp", rows("S", 1, 10, "C6", "C10", "C11", "C13"),
            "mailrouter-redis", rows("R", 1, 17, "P14", "P22", "P23", "Q1", "T4", "T13", "T15", "X9", "X10"),
            "mailrouter-sqs-adapter", rows("Q", 1, 16, "C12", "P20", "T4", "T9", "X12"),
            "examples/lambda", List.of("C12", "Q5", "Q8", "Q9", "Q12"),
            "examples/local-pipeline", List.of("T17"));

    private static final String CONTRACT = "extends EmailProviderContract";
    private static final Path ITS_SENTENCES = ROOT.resolve("mailrouter-testkit/src/main/java");

    /** Rows of the contract that end as aborted, for the service knows nothing of the kind: the module's own count. */
    private static final Map<String, Set<String>> ABORTED =
            Map.of("mailrouter-ses", Set.of("P8", "P10"), "mailrouter-smtp", Set.of("P8", "P10", "P16", "P18"));

    private static List<String> rows(String letter, int first, int last, String... more) {
        return Stream.concat(IntStream.rangeClosed(first, last).mapToObj(n -> letter + n), Stream.of(more))
                .toList();
    }

    @Test
    void everyRowHasATestThatNamesIt() {
        Map<String, Set<String>> missing = new TreeMap<>();

        WHERE.forEach((module, rows) -> {
            Set<String> left = new TreeSet<>(rows);
            left.removeAll(named(module));
            if (!left.isEmpty()) {
                missing.put(module, left);
            }
        });

        assertThat(missing).isEmpty();
    }

    private static Set<String> named(String module) {
        List<String> tests = sources(ROOT.resolve(module).resolve("src/test/java"));
        Set<String> named = new TreeSet<>();
        if (tests.stream().anyMatch(test -> test.contains(CONTRACT))) {
            named.addAll(named(sources(ITS_SENTENCES)));
            named.removeAll(ABORTED.getOrDefault(module, Set.of()));
        }
        named.addAll(named(tests));
        return named;
    }

    private static Set<String> named(List<String> sources) {
        return sources.stream()
                .flatMap(source -> NAMED.matcher(source).results())
                .flatMap(name -> ROW.matcher(name.group(1)).results())
                .map(MatchResult::group)
                .collect(Collectors.toSet());
    }

    private static List<String> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<String> sources = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(file));
            }
            return sources;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
