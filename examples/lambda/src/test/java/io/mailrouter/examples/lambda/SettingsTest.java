package io.mailrouter.examples.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.EmailService;
import io.mailrouter.EmailServiceBuilder;
import io.mailrouter.email.Ambiguity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    @Test
    void hasADefaultForEverything() {
        Settings settings = Settings.from(Map.of());

        assertThat(settings.deadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.ambiguity()).isEqualTo(Ambiguity.STOP);
        assertThat(settings.concurrency()).isEqualTo(10);
        assertThat(settings.maxAttempts()).isEqualTo(8);
        assertThat(settings.metrics()).isEqualTo("mailrouter");
        assertThat(settings.deadLetterQueue()).isEmpty();
        assertThat(settings.configurationSet()).isEmpty();
        assertThat(settings.sendGridKey()).isEmpty();
        assertThat(settings.sendGridUrl()).hasToString("https://api.sendgrid.com");
    }

    @Test
    void takesWhatTheEnvironmentSays() {
        Settings settings = Settings.from(Map.of(
                "MAILROUTER_DEADLINE", "PT12S",
                "MAILROUTER_AMBIGUITY", "resend-other",
                "MAILROUTER_CONCURRENCY", "3",
                "MAILROUTER_MAX_ATTEMPTS", "4",
                "MAILROUTER_METRICS", "shop",
                "MAILROUTER_DEAD_LETTER_QUEUE_URL", "https://sqs.example.com/1/dead",
                "MAILROUTER_SES_CONFIGURATION_SET", "set-1",
                "SENDGRID_API_KEY", "SG.canary",
                "SENDGRID_BASE_URL", "https://api.eu.sendgrid.com"));

        assertThat(settings.deadline()).isEqualTo(Duration.ofSeconds(12));
        assertThat(settings.ambiguity()).isEqualTo(Ambiguity.RESEND_OTHER);
        assertThat(settings.concurrency()).isEqualTo(3);
        assertThat(settings.maxAttempts()).isEqualTo(4);
        assertThat(settings.metrics()).isEqualTo("shop");
        assertThat(settings.deadLetterQueue()).contains("https://sqs.example.com/1/dead");
        assertThat(settings.configurationSet()).contains("set-1");
        assertThat(settings.sendGridKey()).isPresent();
        assertThat(settings.sendGridUrl()).hasToString("https://api.eu.sendgrid.com");
        assertThat(settings.toString()).doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "MAILROUTER_ROUTING, fastest",
        "MAILROUTER_DEADLINE, PT0S",
        "MAILROUTER_AMBIGUITY, perhaps",
        "MAILROUTER_CONCURRENCY, 0",
        "MAILROUTER_MAX_ATTEMPTS, 1001",
        "MAILROUTER_METRICS, two words",
        "SENDGRID_BASE_URL, not a url",
        "SENDGRID_BASE_URL, api.eu.sendgrid.com"
    })
    void namesTheVariableThatIsWrongAndNotItsValue(String name, String value) {
        assertThatThrownBy(() -> Settings.from(Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name + " is malformed: it must be ")
                .hasMessageNotContaining("'" + value + "'");
    }

    @Test
    void sharesThroughRedisInTheFunctionThatHasIt() {
        EmailServiceBuilder service = EmailService.builder();

        assertThatThrownBy(() -> RedisEmailWorker.share(Settings.withRedis(Map.of()), service))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MAILROUTER_REDIS_URI is missing");
        assertThat(Settings.withRedis(Map.of("MAILROUTER_REDIS_URI", "redis://redis.example.com"))
                        .redisUri())
                .isPresent();
    }

    @Test
    void remembersWhatWasSentForAsLongAsAQueueOfTheTemplateKeepsIt() throws IOException {
        List<Duration> kept = Pattern.compile("MessageRetentionPeriod: (\\d+)")
                .matcher(Files.readString(Path.of("../../infra/sam/template.yaml")))
                .results()
                .map(match -> Duration.ofSeconds(Long.parseLong(match.group(1))))
                .toList();

        assertThat(kept)
                .hasSize(2)
                .allSatisfy(time -> assertThat(RedisEmailWorker.REMEMBERED).isGreaterThanOrEqualTo(time));
    }

    @Test
    void refusesRedisWhereNothingWouldBeShared() {
        assertThatThrownBy(() -> Settings.from(Map.of("MAILROUTER_REDIS_URI", "redis://canary@redis.example.com")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MAILROUTER_REDIS_URI is for the handler RedisEmailWorker")
                .hasMessageNotContaining("canary");
    }

    @Test
    void refusesAVariableThatItDoesNotKnow() {
        assertThatThrownBy(() -> Settings.from(Map.of("MAILROUTER_CONCURENCY", "canary")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MAILROUTER_CONCURENCY is unknown; known are [MAILROUTER_AMBIGUITY, ")
                .hasMessageNotContaining("canary");
    }
}
