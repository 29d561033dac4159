package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {

    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```");

    @Test
    void everySnippetCompiles(@TempDir Path output) throws IOException {
        List<String> snippets = JAVA.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map((MatchResult block) -> block.group(1))
                .collect(Collectors.toList());
        String source = "import io.mailrouter.email.*; import io.mailrouter.provider.*;"
                + " import io.mailrouter.sendgrid.*; import java.time.Duration;"
                + " class Readme { void all() {" + String.join("\n", snippets) + "}}";
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Readme.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of("-d", output.toString(), "-proc:none");
        ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, problems, options, null, List.of(file))
                .call();

        assertThat(snippets).hasSize(2);
        assertThat(problems.getDiagnostics().stream()
                        .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
                        .map(problem -> problem.getMessage(Locale.ROOT)))
                .isEmpty();
    }
}
