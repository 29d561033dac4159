package io.mailrouter.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.EmailService;
import io.mailrouter.event.EmailEvent;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.mailrouter.suppression.InMemorySuppressionList;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The page names what there is. */
class ReadmeTest {

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| (`mailrouter[^|]*) \\| (?:timer|counter|gauge) \\|([^|]*)\\|");
    private static final Pattern WORD = Pattern.compile("`([a-z._]+)`");
    private static final Pattern ALERT = Pattern.compile("(?m)^\\| `(Mailrouter\\w+)`");

    /** Nobody calls it. */
    private static final class NoQueue implements SqsClient {
        @Override
        public String serviceName() {
            return "sqs";
        }

        @Override
        public void close() {}
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("README.md"));
    }

    private static Set<String> words(String cell) {
        return WORD.matcher(cell).results().map(word -> word.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyMeterIsInTheTableWithItsTags() throws IOException {
        Map<String, Set<String>> told = new TreeMap<>();
        for (MatchResult row : ROW.matcher(page()).results().toList()) {
            words(row.group(1)).forEach(name -> told.put(name, words(row.group(2))));
        }
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        EmailMetrics metrics = new EmailMetrics(registry);
        try (EmailService emails = EmailService.builder()
                .provider(ScriptedProvider.accepting("ses"))
                .idempotency(InMemoryIdempotencyStore.create())
                .suppression(InMemorySuppressionList.create())
                .build()) {
            metrics.watch(emails);
            metrics.on(new EmailEvent.FailedOver("mr1", "ses", "smtp", "timeout"));
            metrics.on(new EmailEvent.LateResult("mr1", "ses", 1, "accepted", "", "", Duration.ofSeconds(40)));
            QueueMetrics.watch(
                    registry,
                    "emails",
                    SqsEmailConsumer.builder(emails, new NoQueue(), "https://sqs.example.com/1/emails")
                            .build());
            Map<String, Set<String>> there = new TreeMap<>();
            for (Meter meter : registry.getMeters()) {
                there.put(
                        meter.getId().getName(),
                        meter.getId().getTags().stream()
                                .map(Tag::getKey)
                                .collect(Collectors.toCollection(TreeSet::new)));
            }

            assertThat(told).isEqualTo(there);
        }
    }

    @Test
    void everyAlertIsInTheTable() throws IOException {
        Set<String> told =
                ALERT.matcher(page()).results().map(row -> row.group(1)).collect(Collectors.toSet());
        Set<String> there = Pattern.compile("- alert: (\\w+)")
                .matcher(Files.readString(Path.of("dashboards/alerts.yaml")))
                .results()
                .map(alert -> alert.group(1))
                .collect(Collectors.toSet());

        assertThat(told).isEqualTo(there).isNotEmpty();
    }
}
