package io.mailrouter.testkit;

import static io.mailrouter.testkit.RecordingProviderAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.provider.Outcome;
import io.mailrouter.route.Routing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    private static final Pattern JAVA = Pattern.compile("(?ms)^```java\\n(.*?)^```");

    @Test
    void anApplicationIsTestedLikeThis() {
        RecordingProvider first = RecordingProvider.named("first");
        RecordingProvider second = RecordingProvider.named("second");
        ManualClock clock = ManualClock.at(Instant.parse("2026-01-01T12:00:00Z"));
        try (EmailService emails = EmailService.builder()
                .provider(first)
                .provider(second)
                .routing(Routing.inOrder())
                .time(clock, clock::nanoTime)
                .build()) {
            first.next(new Outcome.Throttled("slow_down", "", Optional.of(Duration.ofSeconds(30))));
            emails.send(order("ada@example.org"));

            assertThat(first).sentNothing();
            assertThat(second)
                    .sentTo("ada@example.org")
                    .hasSubject("Your order")
                    .hasTextContaining("thank");

            clock.advance(Duration.ofSeconds(31));
            emails.send(order("grace@example.org"));

            assertThat(first).sentTo("grace@example.org");
        }
    }

    private static Email order(String to) {
        return Email.builder()
                .from("shop@example.com")
                .to(to)
                .subject("Your order")
                .text("thank you")
                .build();
    }

    @Test
    void everySnippetStandsInThisCode() throws IOException {
        String code = Files.readString(Path.of("src/test/java/io/mailrouter/testkit/ReadmeTest.java"));
        List<String> snippets = JAVA.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(block -> block.group(1))
                .toList();

        assertThat(snippets).hasSize(1).allSatisfy(snippet -> assertThat(code).contains(snippet));
    }
}
