package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.StoreFailure;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

    private static Map<String, String> good(String... more) {
        Map<String, String> variables = new TreeMap<>(Map.of(
                "MAILROUTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/emails",
                "MAILROUTER_PROVIDERS", "ses,sendgrid",
                "AWS_REGION", "eu-west-1",
                "SENDGRID_API_KEY", "SG.canary"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        return variables;
    }

    private static List<String> problems(Map<String, String> variables) {
        SettingsException e = catchThrowableOfType(SettingsException.class, () -> Settings.from(variables));
        assertThat(e).as("the environment is wrong").isNotNull();
        return e.problems();
    }

    @Test
    void hasTheDefaultsOfTheContract() {
        Settings settings = Settings.from(good());

        assertThat(settings.providers()).extracting(Settings.ProviderSpec::name).containsExactly("ses", "sendgrid");
        assertThat(settings.queueUse().concurrency()).isEqualTo(16);
        assertThat(settings.ambiguity()).isEqualTo(Ambiguity.STOP);
        assertThat(settings.queueUse().maxAttempts()).isEqualTo(8);
        assertThat(settings.queueUse().visibility()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.deadline()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.queueUse().stopTimeout()).isEqualTo(Duration.ofSeconds(25));
        assertThat(settings.http().getPort()).isEqualTo(8085);
        assertThat(settings.http().getHostString()).isEqualTo("127.0.0.1");
        assertThat(settings.redis())
                .isEqualTo(new RedisUse(Optional.empty(), "default", Optional.empty(), StoreFailure.SEND));
        assertThat(settings.disabled()).isEmpty();
        assertThat(settings.providers().get(0).use())
                .isEqualTo(new ProviderUse(
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        assertThat(settings.providers().get(1).access().endpoint()).hasValue(URI.create("https://api.sendgrid.com"));
    }

    @Test
    void readsEverythingThatTheContractNames() {
        Settings settings = Settings.from(good(
                "MAILROUTER_QUEUE_URL",
                        "https://sqs.eu-west-1.amazonaws.com/1/a, https://sqs.eu-west-1.amazonaws.com/1/b",
                "MAILROUTER_PROVIDERS", "ses:eu-west-1,ses:us-east-1,sendgrid",
                "MAILROUTER_SES_EU_WEST_1_TIMEOUT", "2500ms",
                "MAILROUTER_SES_US_EAST_1_CONFIGURATION_SET", "marketing",
                "MAILROUTER_SES_US_EAST_1_SENDER_DOMAINS", "example.com, example.org",
                "SENDGRID_BASE_URL", "https://api.eu.sendgrid.com",
                "MAILROUTER_ROUTING", "weighted(ses:eu-west-1:3, sendgrid:1)",
                "MAILROUTER_DISABLED", "ses:us-east-1",
                "MAILROUTER_SENDGRID_RATE", "12.5",
                "MAILROUTER_SENDGRID_DAILY_QUOTA", "50000",
                "MAILROUTER_SENDGRID_WEIGHT", "0.5",
                "MAILROUTER_SENDGRID_COST", "0.0004",
                "MAILROUTER_REDIS_URI", "rediss://redis.example.com:6380",
                "MAILROUTER_REDIS_NAMESPACE", "shop",
                "MAILROUTER_SUPPRESSION_KEY", "0123456789abcdef",
                "MAILROUTER_STORE_FAILURE", "hold",
                "MAILROUTER_CONCURRENCY", "3",
                "MAILROUTER_AMBIGUITY", "resend-other",
                "MAILROUTER_MAX_ATTEMPTS", "5",
                "MAILROUTER_VISIBILITY", "PT2M",
                "MAILROUTER_DEADLINE", "10s",
                "MAILROUTER_STOP_TIMEOUT", "1m",
                "MAILROUTER_HTTP", "0.0.0.0:9000",
                "MAILROUTER_LOG", "json"));

        assertThat(settings.queues()).hasSize(2);
        assertThat(settings.providers())
                .extracting(Settings.ProviderSpec::name)
                .containsExactly("ses-eu-west-1", "ses-us-east-1", "sendgrid");
        assertThat(settings.providers().get(1).ses())
                .hasValue(new Settings.SesUse("us-east-1", Optional.of("marketing")));
        assertThat(settings.providers().get(0).use().timeout()).hasValue(Duration.ofMillis(2_500));
        assertThat(settings.providers().get(1).use().senderDomains()).containsExactly("example.com", "example.org");
        assertThat(settings.providers().get(2).access().endpoint()).hasValue(URI.create("https://api.eu.sendgrid.com"));
        assertThat(settings.redis().uri().orElseThrow().reveal()).isEqualTo("rediss://redis.example.com:6380");
        assertThat(settings.redis().namespace()).isEqualTo("shop");
        assertThat(settings.redis().suppressionKey().orElseThrow().reveal()).isEqualTo("0123456789abcdef");
        assertThat(settings.redis().onFailure()).isEqualTo(StoreFailure.HOLD);
        assertThat(settings.disabled()).containsExactly("ses-us-east-1");
        assertThat(settings.routing().names()).containsExactlyInAnyOrder("ses-eu-west-1", "sendgrid");
        assertThat(settings.providers().get(2).use().rate()).hasValue(12.5);
        assertThat(settings.providers().get(2).use().dailyQuota()).hasValue(50_000L);
        assertThat(settings.providers().get(2).use().weight()).hasValue(0.5);
        assertThat(settings.providers().get(2).use().cost()).hasValue(new BigDecimal("0.0004"));
        assertThat(settings.queueUse().concurrency()).isEqualTo(3);
        assertThat(settings.ambiguity()).isEqualTo(Ambiguity.RESEND_OTHER);
        assertThat(settings.queueUse().maxAttempts()).isEqualTo(5);
        assertThat(settings.queueUse().visibility()).isEqualTo(Duration.ofMinutes(2));
        assertThat(settings.deadline()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.queueUse().stopTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(settings.http().getPort()).isEqualTo(9000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAILROUTER_QUEUE_URL|emails|MAILROUTER_QUEUE_URL holds 'emails'",
                "MAILROUTER_PROVIDERS|ses,smtp2|MAILROUTER_PROVIDERS holds 'smtp2'",
                "MAILROUTER_PROVIDERS|ses,ses|MAILROUTER_PROVIDERS names 'ses' twice",
                "MAILROUTER_PROVIDERS|ses:nowhere|without a valid region",
                "MAILROUTER_ROUTING|fastest|MAILROUTER_ROUTING is 'fastest': it must be latency, order, round-robin",
                "MAILROUTER_ROUTING|weighted(ses:0)|e.g. weighted(ses:3 sendgrid:1)",
                "MAILROUTER_ROUTING|weighted(sess:3 sendgrid:1)|MAILROUTER_ROUTING is 'weighted(sess:3 sendgrid:1)'",
                "MAILROUTER_ROUTING|weighted(ses:3 ses:1)|MAILROUTER_ROUTING is 'weighted(ses:3 ses:1)'",
                "MAILROUTER_ROUTING|weighted()|MAILROUTER_ROUTING is 'weighted()'",
                "MAILROUTER_ROUTING|cost|no provider has a price, e.g. MAILROUTER_SES_COST=0.0001",
                "MAILROUTER_DISABLED|smtp|MAILROUTER_DISABLED names a provider that is not in MAILROUTER_PROVIDERS",
                "MAILROUTER_DISABLED|ses,sendgrid|MAILROUTER_DISABLED names every provider: leave one",
                "MAILROUTER_CONCURRENCY|many|MAILROUTER_CONCURRENCY is 'many': it must be a whole number from 1 to 1000",
                "MAILROUTER_CONCURRENCY|0|MAILROUTER_CONCURRENCY is '0'",
                "MAILROUTER_PREFETCH|-1|MAILROUTER_PREFETCH is '-1': it must be a whole number from 0 to 1000, e.g. 10",
                "MAILROUTER_WAIT_TIME|21s|MAILROUTER_WAIT_TIME is '21s': it must be a time from 1s to 20s",
                "MAILROUTER_WAIT_TIME|1500ms|MAILROUTER_WAIT_TIME is 'PT1.5S': it must be whole seconds, e.g. 10s",
                "MAILROUTER_VISIBILITY|11m|MAILROUTER_VISIBILITY is longer than MAILROUTER_MAX_LEASE, which is 10m",
                "MAILROUTER_MAX_LEASE|30s|MAILROUTER_VISIBILITY is longer than MAILROUTER_MAX_LEASE, which is 30s",
                "MAILROUTER_BACKOFF_BASE|1h|MAILROUTER_BACKOFF_BASE is longer than MAILROUTER_BACKOFF_MAX",
                "MAILROUTER_ON_UNKNOWN|keep|MAILROUTER_ON_UNKNOWN is 'keep': it must be one of [dead-letter, delete]",
                "MAILROUTER_DEAD_LETTER_QUEUE_URL|dead|MAILROUTER_DEAD_LETTER_QUEUE_URL is 'dead': it must be an absolute",
                "MAILROUTER_DEAD_LETTER_QUEUE_URL|https://sqs.eu-west-1.amazonaws.com/123456789012/emails|name another",
                "MAILROUTER_DEAD_LETTER_QUEUE_URL|https://sqs.eu-west-1.amazonaws.com/1/dead.fifo|must be a FIFO queue for FIFO",
                "MAILROUTER_REQUIRE_KEY|yes|MAILROUTER_REQUIRE_KEY is 'yes': it must be one of [false, true]",
                "MAILROUTER_FIFO_ON_TRANSIENT|wait|it must be one of [hold, release]",
                "MAILROUTER_FIFO_HOLD_FOR|2h|MAILROUTER_FIFO_HOLD_FOR is '2h': it must be a time from 1s to 1h",
                "MAILROUTER_FIFO_ON_REJECTED|skip|it must be one of [block, continue]",
                "MAILROUTER_IF_NO_DEAD_LETTER_QUEUE|lose|it must be one of [delete, fail, keep]",
                "MAILROUTER_QUEUE_URL|https://sqs.eu-west-1.amazonaws.com/1/a,https://sqs.eu-west-1.amazonaws.com/2/a|two queues called 'a'",
                "MAILROUTER_QUEUE_URL|https://sqs.eu-west-1.amazonaws.com/1/a,https://sqs.eu-west-3.amazonaws.com/1/b|in eu-west-1 and eu-west-3",
                "MAILROUTER_SES_CONFIGURATION_SET|two words|MAILROUTER_SES_CONFIGURATION_SET is 'two words'",
                "MAILROUTER_SENDGRID_CONFIGURATION_SET|emails|MAILROUTER_SENDGRID_CONFIGURATION_SET is unknown",
                "MAILROUTER_AMBIGUITY|maybe|MAILROUTER_AMBIGUITY is 'maybe': it must be one of [resend-other, stop]",
                "MAILROUTER_VISIBILITY|60|MAILROUTER_VISIBILITY is '60': it must be a time",
                "MAILROUTER_VISIBILITY|13h|MAILROUTER_VISIBILITY is '13h'",
                "MAILROUTER_DEADLINE|-PT1S|MAILROUTER_DEADLINE is '-PT1S'",
                "MAILROUTER_SES_TIMEOUT|soon|MAILROUTER_SES_TIMEOUT is 'soon'",
                "MAILROUTER_HTTP|8085|MAILROUTER_HTTP is '8085': it must be host:port, e.g. 127.0.0.1:8085",
                "MAILROUTER_LOG|xml|MAILROUTER_LOG is 'xml'",
                "SENDGRID_BASE_URL|ftp://x|SENDGRID_BASE_URL is 'ftp://x'",
                "MAILROUTER_PROVIDERS|ses,sendgrid:eu|MAILROUTER_PROVIDERS holds 'sendgrid:eu'",
                "MAILROUTER_SES_SENDER_DOMAINS|a@b.c|MAILROUTER_SES_SENDER_DOMAINS holds malformed, which is no domain",
                "MAILROUTER_REDIS_URI|redis://host/not-a-number|MAILROUTER_REDIS_URI is malformed",
                "MAILROUTER_REDIS_NAMESPACE|two words|MAILROUTER_REDIS_NAMESPACE is malformed",
                "MAILROUTER_SUPPRESSION_KEY|short|MAILROUTER_SUPPRESSION_KEY is too short",
                "MAILROUTER_SUPPRESSION_KEY|0123456789abcdef|MAILROUTER_SUPPRESSION_KEY needs Redis",
                "MAILROUTER_STORE_FAILURE|drop|MAILROUTER_STORE_FAILURE is 'drop'",
                "MAILROUTER_CONCURENCY|16|MAILROUTER_CONCURENCY is unknown",
                "MAILROUTER_SES_RATE|0|MAILROUTER_SES_RATE is '0': it must be a number from 0.001 to 1000000",
                "MAILROUTER_SES_RATE|fast|recipients a second, e.g. 14",
                "MAILROUTER_SES_DAILY_QUOTA|1e6|MAILROUTER_SES_DAILY_QUOTA is '1e6': it must be a whole number",
                "MAILROUTER_SES_DAILY_QUOTA|0|recipients a day, 1 to 1000000000000, e.g. 50000",
                "MAILROUTER_SES_DAILY_QUOTA|4000000000000000000|MAILROUTER_SES_DAILY_QUOTA is '4000000000000000000'",
                "MAILROUTER_SES_WEIGHT|-1|MAILROUTER_SES_WEIGHT is '-1': it must be a number from 0.001 to 1000",
                "MAILROUTER_SES_WEIGHT|NaN|MAILROUTER_SES_WEIGHT is 'NaN'",
                "MAILROUTER_SES_COST|-0.1|MAILROUTER_SES_COST is '-0.1': it must be a number from 0 to 999999999",
                "MAILROUTER_SENDGRID_COST|0,0004|MAILROUTER_SENDGRID_COST is '0,0004'",
                "MAILROUTER_SMTP_RATE|14|MAILROUTER_SMTP_RATE is unknown",
                "SENDGRID_API_KEY_FILE|/no/such/file|SENDGRID_API_KEY and SENDGRID_API_KEY_FILE are both set",
            })
    void saysWhatIsWrong(String name, String value, String problem) {
        assertThat(problems(good(name, value))).anySatisfy(p -> assertThat(p).contains(problem));
    }

    @Test
    void readsAnSmtpServer() {
        Settings settings = Settings.from(good(
                "MAILROUTER_PROVIDERS", "ses,smtp",
                "SMTP_URL", "smtps://smtp.example.com:465",
                "SMTP_USERNAME", "shop",
                "SMTP_PASSWORD", "canary",
                "MAILROUTER_SMTP_TIMEOUT", "5s"));

        Settings.ProviderSpec smtp = settings.providers().get(1);
        assertThat(smtp.name()).isEqualTo("smtp");
        assertThat(smtp.access().endpoint()).hasValue(URI.create("smtps://smtp.example.com:465"));
        assertThat(smtp.access().username()).hasValue("shop");
        assertThat(smtp.access().secret().orElseThrow().reveal()).isEqualTo("canary");
        assertThat(smtp.use().timeout()).hasValue(Duration.ofSeconds(5));
        assertThat(settings.toString()).doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SMTP_USERNAME||SMTP_URL is not set: smtp://host:587 or smtps://host:465",
                "SMTP_URL|http://x|SMTP_URL is 'http://x': it must be smtp://host:587",
                "SMTP_URL|smtp://user:canary@host|SMTP_URL is malformed",
                "SMTP_USERNAME|shop|SMTP_USERNAME and SMTP_PASSWORD belong together",
                "SMTP_PASSWORD_FILE|/no/such/file|SMTP_PASSWORD_FILE names a file that cannot be read",
            })
    void saysWhatIsWrongWithAnSmtpServer(String name, String value, String problem) {
        List<String> problems = problems(good("MAILROUTER_PROVIDERS", "smtp", name, value == null ? "" : value));

        assertThat(problems).anySatisfy(p -> assertThat(p).contains(problem));
        assertThat(problems).noneSatisfy(p -> assertThat(p).contains("canary"));
    }

    @Test
    void saysEverythingThatIsMissingAtOnce() {
        assertThat(problems(Map.of()))
                .anySatisfy(p -> assertThat(p).contains("MAILROUTER_QUEUE_URL is not set, e.g. https://"))
                .anySatisfy(p -> assertThat(p).contains("MAILROUTER_PROVIDERS is not set, e.g. ses,sendgrid"))
                .anySatisfy(p -> assertThat(p).contains("AWS_REGION is not set"));
        Map<String, String> noKey = good();
        noKey.remove("SENDGRID_API_KEY");
        assertThat(problems(noKey)).singleElement().asString().contains("SENDGRID_API_KEY is not set");
    }

    @Test
    @DisplayName("C10 no error shows a secret")
    void showsNoSecret() {
        assertThat(problems(good("SENDGRID_API_KEY", "canary\ncanary")))
                .singleElement()
                .asString()
                .contains("SENDGRID_API_KEY is malformed")
                .doesNotContain("canary");
        assertThat(problems(good("MAILROUTER_REDIS_URI", "http://user:canary@redis")))
                .singleElement()
                .asString()
                .contains("MAILROUTER_REDIS_URI is malformed")
                .doesNotContain("canary");
        assertThat(problems(good("SENDGRID_BASE_URL", "htps://user:canary@proxy")))
                .singleElement()
                .asString()
                .contains("SENDGRID_BASE_URL is malformed")
                .doesNotContain("canary");
        assertThat(problems(good("MAILROUTER_QUEUE_URL", "user:canary@queue")))
                .anySatisfy(problem -> assertThat(problem).contains("MAILROUTER_QUEUE_URL holds malformed"))
                .noneMatch(problem -> problem.contains("canary"));
        assertThat(problems(good("MAILROUTER_REDIS_URI", "redis://u:can\nary@redis")))
                .singleElement()
                .asString()
                .contains("MAILROUTER_REDIS_URI is malformed")
                .doesNotContain("ary@");
        assertThat(problems(good("MAILROUTER_SENDGRID_API_KEY", "canary")))
                .singleElement()
                .asString()
                .contains("MAILROUTER_SENDGRID_API_KEY is unknown")
                .doesNotContain("canary");
        assertThat(Settings.from(good()).toString()).doesNotContain("canary");
        assertThat(Settings.from(good("MAILROUTER_REDIS_URI", "redis://u:canary@redis"))
                        .toString())
                .doesNotContain("canary");
    }

    @Test
    void readsTheKeyFromAFile(@TempDir Path directory) throws IOException {
        Map<String, String> variables = good();
        variables.remove("SENDGRID_API_KEY");
        variables.put(
                "SENDGRID_API_KEY_FILE",
                Files.writeString(directory.resolve("key"), "SG.from-file\n").toString());

        assertThat(Settings.from(variables).providers().get(1).access().secret())
                .map(key -> key.reveal())
                .isEqualTo(Optional.of("SG.from-file"));
    }

    @Test
    void saysThatAKeyFileIsEmpty(@TempDir Path directory) throws IOException {
        Map<String, String> variables = good();
        variables.remove("SENDGRID_API_KEY");
        variables.put(
                "SENDGRID_API_KEY_FILE",
                Files.writeString(directory.resolve("key"), "\n").toString());

        assertThat(problems(variables)).singleElement().asString().contains("names a file that is empty");
    }

    @Test
    void findsTheRegionInTheQueuesUrl() {
        Map<String, String> variables = good("MAILROUTER_PROVIDERS", "sendgrid");
        variables.remove("AWS_REGION");

        assertThat(Settings.from(variables).region()).hasValue("eu-west-1");
    }
}
