package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.mailrouter.EmailService;
import io.mailrouter.sqs.message.EmailMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The numbers of the infrastructure fit the defaults of the library, whatever either becomes. */
class InfrastructureNumbersTest {

    private static final Path INFRASTRUCTURE = Path.of("../infra");
    private static final Pattern VARIABLE = Pattern.compile("(?ms)^variable \"(\\w+)\" \\{(.*?)^\\}");
    private static final Pattern DEFAULT = Pattern.compile("(?m)^ {2}default +=\\s+(\\S.*)$");
    private static final int MOST_RETRIES_OF_LAMBDA = 6;
    private static final Duration MARGIN_OF_THE_HANDLER = Duration.ofSeconds(2);

    private final EmailService emails =
            EmailService.builder().provider(FakeProvider.accepting()).build();
    private final SqsClient client = SqsClient.builder()
            .region(Region.EU_WEST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .httpClientBuilder(Apache5HttpClient.builder())
            .build();
    private final Settings defaults = SqsEmailConsumer.builder(
                    emails, client, "https://sqs.eu-west-1.amazonaws.com/123456789012/emails")
            .settings();

    @AfterEach
    void close() {
        emails.close();
        client.close();
    }

    private static Map<String, String> variables() throws IOException {
        Map<String, String> variables = new TreeMap<>();
        VARIABLE.matcher(Files.readString(INFRASTRUCTURE.resolve("terraform/variables.tf")))
                .results()
                .forEach(variable -> variables.put(
                        variable.group(1),
                        DEFAULT.matcher(variable.group(2))
                                .results()
                                .map(value -> value.group(1))
                                .collect(Collectors.joining())));
        return variables;
    }

    private static int number(String variable) throws IOException {
        assertThat(variables()).containsKey(variable);
        return Integer.parseInt(variables().get(variable));
    }

    private static Duration seconds(String variable) throws IOException {
        return Duration.ofSeconds(number(variable));
    }

    private static JsonNode template() throws IOException {
        return new YAMLMapper().readTree(Files.readString(INFRASTRUCTURE.resolve("sam/template.yaml")));
    }

    private static JsonNode properties(String resource) throws IOException {
        JsonNode properties = template().path("Resources").path(resource).path("Properties");
        assertThat(properties.isObject()).as(resource).isTrue();
        return properties;
    }

    private static void fits(int maxReceiveCount, int maxAttempts) {
        assertThat(maxReceiveCount)
                .as("the consumer dead-letters with the reason before SQS does without")
                .isEqualTo(2 * maxAttempts);
    }

    @Test
    void theModulesNumbersAreTheConsumers() throws IOException {
        assertThat(seconds("visibility_timeout_seconds")).isEqualTo(defaults.visibility());
        assertThat(seconds("receive_wait_time_seconds")).isEqualTo(defaults.waitTime());
        assertThat(number("max_message_bytes")).isEqualTo(EmailMessages.DEFAULT_MAX_BODY_BYTES);
        fits(number("max_receive_count"), defaults.policy().maxAttempts());
        assertThat(seconds("alarm_message_age_seconds"))
                .as("a message that waits for its next attempt raises no alarm")
                .isGreaterThan(defaults.policy().backoffMax());
    }

    @Test
    void aMessageOutlivesTheLongestWayThroughTheConsumer() throws IOException {
        Duration kept = seconds("message_retention_seconds");
        Policy policy = defaults.policy();

        assertThat(kept)
                .isGreaterThan(policy.backoffMax().plus(defaults.maxLease()).multipliedBy(policy.maxAttempts()));
        assertThat(kept).as("sent keys are kept for 14 days").isLessThanOrEqualTo(Duration.ofDays(14));
        assertThat(seconds("dead_letter_retention_seconds")).isGreaterThan(kept);
    }

    @Test
    void theTemplatesNumbersFitTheHandler() throws IOException {
        JsonNode queue = properties("Queue");
        JsonNode worker = properties("Worker");
        Duration timeout = Duration.ofSeconds(worker.path("Timeout").asInt());

        assertThat(timeout)
                .as("time for more than the longest send")
                .isGreaterThan(emails.deadline().plus(MARGIN_OF_THE_HANDLER));
        assertThat(Duration.ofSeconds(queue.path("VisibilityTimeout").asInt()))
                .isGreaterThanOrEqualTo(timeout.multipliedBy(MOST_RETRIES_OF_LAMBDA));
        fits(
                queue.at("/RedrivePolicy/maxReceiveCount").asInt(),
                SqsEmailLambdaHandler.builder(emails).policy().maxAttempts());
        assertThat(queue.path("MaximumMessageSize").asInt()).isEqualTo(EmailMessages.DEFAULT_MAX_BODY_BYTES);
        assertThat(worker.at("/Events/Emails/Properties/FunctionResponseTypes/0")
                        .asText())
                .isEqualTo("ReportBatchItemFailures");
        assertThat(worker.at("/Events/Emails/Properties/BatchSize").asInt())
                .as("one invocation sends its whole batch at a time")
                .isLessThanOrEqualTo(SqsEmailLambdaHandler.builder(emails).concurrency);
    }

    @Test
    void theTemplateAndTheModuleAgree() throws IOException {
        assertThat(properties("Queue").path("MessageRetentionPeriod").asInt())
                .isEqualTo(number("message_retention_seconds"));
        assertThat(properties("DeadLetters").path("MessageRetentionPeriod").asInt())
                .isEqualTo(number("dead_letter_retention_seconds"));
        assertThat(properties("Queue").at("/RedrivePolicy/maxReceiveCount").asInt())
                .isEqualTo(number("max_receive_count"));
        assertThat(properties("MessageAgeAlarm").path("Threshold").asInt())
                .isEqualTo(number("alarm_message_age_seconds"));
        assertThat(properties("Worker").path("Timeout").asText())
                .isEqualTo(only("terraform/examples/lambda/main.tf", "lambda_timeout_seconds += (\\d+)"));
        assertThat(properties("Queue").path("VisibilityTimeout").asText())
                .isEqualTo(only("terraform/examples/lambda/main.tf", "visibility_timeout_seconds += (\\d+)"));
    }

    @Test
    void theModulesRuleForLambdaIsTheHandlers() throws IOException {
        long least = emails.deadline().plus(MARGIN_OF_THE_HANDLER).toSeconds();

        assertThat(only("terraform/variables.tf", "coalesce\\(var.lambda_timeout_seconds, 0\\) > (\\d+) "))
                .isEqualTo(String.valueOf(least));
        assertThat(only("terraform/variables.tf", ">= (\\d+) \\* coalesce\\(var.lambda_timeout_seconds"))
                .isEqualTo(String.valueOf(MOST_RETRIES_OF_LAMBDA));
    }

    private static String only(String file, String regex) throws IOException {
        return Pattern.compile(regex)
                .matcher(Files.readString(INFRASTRUCTURE.resolve(file)))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.joining(" and "));
    }
}
