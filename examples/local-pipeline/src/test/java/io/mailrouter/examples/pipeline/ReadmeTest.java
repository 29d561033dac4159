package io.mailrouter.examples.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadmeTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");

    private static final String IMPORTS = Stream.of(
                    "io.micrometer.core.instrument",
                    "io.micrometer.observation",
                    "io.micrometer.prometheusmetrics",
                    "io.mailrouter",
                    "io.mailrouter.email",
                    "io.mailrouter.idempotency",
                    "io.mailrouter.limit",
                    "io.mailrouter.micrometer",
                    "io.mailrouter.provider",
                    "io.mailrouter.redis",
                    "io.mailrouter.route",
                    "io.mailrouter.sendgrid",
                    "io.mailrouter.ses",
                    "io.mailrouter.smtp",
                    "io.mailrouter.sqs",
                    "io.mailrouter.suppression",
                    "java.nio.file",
                    "java.time",
                    "java.util",
                    "java.util.stream",
                    "software.amazon.awssdk.services.sqs")
            .map(name -> "import " + name + ".*;\n")
            .reduce("", String::concat);

    /**
     * The snippets of a page follow each other, as a reader meets them, so each may use what the ones before it have
     * built. The pages of the testkit and of the custom provider show tested code and are held against it there.
     */
    @ParameterizedTest
    @CsvSource({
        "README.md, 9",
        "mailrouter-micrometer/README.md, 3",
        "mailrouter-redis/README.md, 1",
        "mailrouter-ses/README.md, 1",
        "mailrouter-sendgrid/README.md, 2",
        "mailrouter-smtp/README.md, 2",
        "mailrouter-sqs-adapter/README.md, 3"
    })
    void everySnippetCompiles(String page, int count, @TempDir Path output) throws IOException {
        List<String> snippets = JAVA.matcher(Files.readString(ROOT.resolve(page)))
                .results()
                .map(block -> block.group(1))
                .toList();
        String source = IMPORTS + "class Readme { EmailService emails; void all(SqsClient sqsClient) {\n"
                + String.join("\n", snippets) + "}}";
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Readme.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        List<String> options = List.of("-d", output.toString(), "-proc:none");
        ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, problems, options, null, List.of(file))
                .call();

        assertThat(snippets).hasSize(count);
        assertThat(problems.getDiagnostics().stream()
                        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                        .map(d -> d.getLineNumber() + ": " + d.getMessage(Locale.ROOT)))
                .isEmpty();
    }

    @Test
    void theFirstEmailTakesTenLines() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        Matcher first = JAVA.matcher(readme);

        assertThat(first.find()).isTrue();
        assertThat(first.group(1).lines()).hasSizeLessThanOrEqualTo(10);
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        try (Stream<Path> pages = Files.walk(ROOT, 3)) {
            for (Path page : pages.filter(p -> p.toString().endsWith(".md")).toList()) {
                Matcher link = LINK.matcher(Files.readString(page));
                while (link.find()) {
                    assertThat(page.resolveSibling(link.group(1)))
                            .as("link in " + page.getFileName())
                            .exists();
                }
            }
        }
    }

    @Test
    void eachQuickStartHasOneCommand() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        for (String heading : List.of("### Run it", "### Test it")) {
            String section = readme.substring(readme.indexOf(heading) + heading.length());
            section = section.substring(0, Math.max(section.indexOf("\n#"), 0));

            assertThat(Pattern.compile("(?m)^```sh$").matcher(section).results())
                    .hasSize(1);
            Matcher block = Pattern.compile("(?ms)^```sh\\n(.*?)^```").matcher(section);
            assertThat(block.find()).isTrue();
            assertThat(block.group(1).lines()).singleElement().asString().startsWith("mvn ");
        }
    }
}
