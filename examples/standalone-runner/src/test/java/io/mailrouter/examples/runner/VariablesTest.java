package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The variables that are read, those of {@code --help} and those of the README are the same. */
class VariablesTest {

    private static final Pattern NAME =
            Pattern.compile("\\b(MAILROUTER_(<PROVIDER>_)?[A-Z_]+|SENDGRID_[A-Z_]+|SMTP_[A-Z_]+|AWS_REGION)\\b");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (`.*?) \\|");
    private static final Pattern OF_A_PROVIDER = Pattern.compile("MAILROUTER_(SES|SENDGRID|SMTP)_");

    static Set<String> read() {
        Environment environment = new Environment(Map.of(
                "MAILROUTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/emails",
                "MAILROUTER_PROVIDERS", "ses,sendgrid,smtp",
                "MAILROUTER_DEAD_LETTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/dead",
                "AWS_REGION", "eu-west-1",
                "SENDGRID_API_KEY", "SG.local",
                "SMTP_URL", "smtp://smtp.example.com"));
        assertThat(Settings.from(environment).providers()).hasSize(3);
        return environment.known().stream()
                .map(name -> OF_A_PROVIDER.matcher(name).replaceFirst("MAILROUTER_<PROVIDER>_"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(String text) {
        return NAME.matcher(text).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void helpNamesEveryVariable() {
        assertThat(names(Help.text())).isEqualTo(read()).hasSizeGreaterThan(30);
    }

    @Test
    void theReadmesTableNamesEveryVariable() throws Exception {
        String table = ROW.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.joining("\n"));

        assertThat(names(table)).isEqualTo(read());
    }

    @Test
    void theReadmeNamesEveryExitCode() throws Exception {
        String readme = Files.readString(Path.of("README.md"));

        assertThat(Pattern.compile("(?m)^ {4}(\\d) ")
                        .matcher(Help.text())
                        .results()
                        .map(code -> code.group(1)))
                .containsExactly("0", "1", "2")
                .allSatisfy(code -> assertThat(readme).contains("\n| " + code + " | "));
    }
}
