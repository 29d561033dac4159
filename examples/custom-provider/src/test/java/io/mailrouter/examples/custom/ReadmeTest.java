package io.mailrouter.examples.custom;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.testkit.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the page shows is the code that is tested. */
class ReadmeTest {

    private static final Path SOURCES = Path.of("src");
    private static final String PACKAGE = "java/io/mailrouter/examples/custom/";
    private static final Path PROVIDER = SOURCES.resolve("main/" + PACKAGE + "HttpMailProvider.java");
    private static final Path CONTRACT = SOURCES.resolve("test/" + PACKAGE + "HttpMailContractTest.java");
    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```");

    @Test
    void everySnippetStandsInTheCode() throws IOException {
        String code = Files.readString(PROVIDER) + Files.readString(CONTRACT);
        List<String> snippets = JAVA.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(snippets).hasSize(5).allSatisfy(snippet -> assertThat(code).contains(snippet));
    }

    @Test
    void theFiguresAreTrue() throws IOException {
        assertThat(Files.readAllLines(PROVIDER)).hasSizeLessThan(100);
        assertThat(Files.readString(Path.of("README.md"))).contains("in " + Fault.values().length + " ways");
    }
}
