package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

class DeadLetterCommandTest {

    @TempDir
    private Path directory;

    private final SQSRestServer elasticMq =
            SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    private SqsClient sqs;
    private String queue;
    private String deadLetters;

    @BeforeEach
    void createQueues() {
        sqs = client();
        deadLetters = sqs.createQueue(q -> q.queueName("dead")).queueUrl();
        queue = queueWith(deadLetters, "emails");
    }

    private SqsClient client() {
        return SqsClient.builder()
                .endpointOverride(URI.create(sqsUrl()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
    }

    private String queueWith(String dead, String name) {
        String policy = "{\"deadLetterTargetArn\":\"" + arn(dead) + "\",\"maxReceiveCount\":\"100\"}";
        return sqs.createQueue(q -> q.queueName(name).attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, policy)))
                .queueUrl();
    }

    private String arn(String url) {
        return sqs.getQueueAttributes(q -> q.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
    }

    @AfterEach
    void stopParts() {
        sqs.close();
        elasticMq.stopAndWait();
    }

    private String sqsUrl() {
        return "http://127.0.0.1:" + elasticMq.waitUntilStarted().localAddress().getPort();
    }

    private void bury(String reason, String code) {
        String note = "{\"version\":1,\"reason\":\"" + reason + "\",\"code\":\"" + code
                + "\",\"attempts\":3,\"sourceQueue\":\"" + arn(queue)
                + "\",\"idempotencyKey\":\"k\",\"providers\":[{\"id\":\"ses\",\"code\":\"http_400\"}]}";
        sqs.sendMessage(q -> q.queueUrl(deadLetters)
                .messageBody(
                        "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"canary@example.org\"],\"text\":\"canary\"}")
                .messageAttributes(Map.of(
                        "mailrouter.dead-letter",
                        MessageAttributeValue.builder()
                                .dataType("String")
                                .stringValue(note)
                                .build())));
    }

    private Fork fork(Map<String, String> more, String... words) throws Exception {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "AWS_REGION", "eu-west-1",
                "AWS_ACCESS_KEY_ID", "local",
                "AWS_SECRET_ACCESS_KEY", "local",
                "AWS_ENDPOINT_URL_SQS", sqsUrl(),
                "MAILROUTER_QUEUE_URL", queue,
                "MAILROUTER_MISSPELT", "is the business of the runner"));
        environment.putAll(more);
        return new Fork(directory.resolve("output"), environment, words);
    }

    private int waiting(String url) {
        return sqs.receiveMessage(q -> q.queueUrl(url).maxNumberOfMessages(10).visibilityTimeout(0))
                .messages()
                .size();
    }

    @Test
    void listsWithReasonsAndMasksAndBringsBackWhatIsAskedFor() throws Exception {
        bury("rejected", "suppressed");
        bury("unknown", "timeout");

        try (Fork list = fork(Map.of(), "dead-letters", "list", "--max", "50")) {
            assertThat(list.exitCode()).as(list.output()).isZero();
            assertThat(list.output())
                    .contains("dead: 2 dead letters", "rejected", "suppressed", "timeout", "ses:http_400")
                    .contains("emails", "c***@example.org")
                    .doesNotContain("canary");
        }
        Ended redrive = run(Map.of(), "redrive", "--reason", "rejected", "--code", "suppressed", "--rate", "100");
        assertThat(redrive)
                .isEqualTo(new Ended(0, "dead: 1 brought back, 1 left, 0 failed" + System.lineSeparator(), ""));
        assertThat(waiting(queue)).isEqualTo(1);
        assertThat(waiting(deadLetters)).isEqualTo(1);
    }

    private record Ended(int code, String out, String err) {}

    private Ended run(Map<String, String> more, String... words) {
        Map<String, String> environment =
                new TreeMap<>(Map.of("AWS_REGION", "eu-west-1", "MAILROUTER_QUEUE_URL", queue));
        environment.putAll(more);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = DeadLetterCommand.run(
                List.of(words),
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                settings -> client());
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aDryRunMovesNothingAndTheNumberBoundsARealOne() {
        IntStream.range(0, 3).forEach(i -> bury("attempts_used", "timeout"));

        assertThat(run(Map.of(), "redrive", "--dry-run").out()).contains("3 would be brought back, 0 left, 0 failed");
        assertThat(waiting(queue)).isZero();
        assertThat(run(Map.of(), "redrive", "--max", "1", "--rate", "100").out())
                .contains("1 brought back, 2 left, 0 failed; not all were seen");
    }

    @Test
    void freshKeysAreForWhoeverAsksForThemByName() {
        bury("unknown", "timeout");

        assertThat(run(Map.of(), "redrive", "--fresh-keys-may-send-twice").code())
                .isZero();

        assertThat(sqs.receiveMessage(q -> q.queueUrl(queue)).messages().get(0).body())
                .contains("\"idempotencyKey\"");
    }

    @Test
    void withSeveralDeadLetterQueuesOneIsChosenByItsQueue() {
        String other = queueWith(sqs.createQueue(q -> q.queueName("other-dead")).queueUrl(), "others");
        Map<String, String> both = Map.of("MAILROUTER_QUEUE_URL", queue + "," + other);
        bury("rejected", "suppressed");

        Ended ambiguous = run(both, "redrive");
        assertThat(ambiguous.code()).isEqualTo(2);
        assertThat(ambiguous.err()).contains("2 dead-letter queues: choose one with --queue NAME, e.g. --queue emails");
        assertThat(run(both, "list").out()).contains("dead: 1 dead letters", "other-dead: 0 dead letters");
        assertThat(run(both, "redrive", "--queue", "others").out()).contains("other-dead: 0 brought back");
        assertThat(run(both, "redrive", "--queue", "emails").out()).contains("dead: 1 brought back");
    }

    @Test
    void aListOfOneQueueSaysThatThereMayBeMoreWhenAnothersLettersFilledIt() {
        Map<String, String> both = Map.of("MAILROUTER_QUEUE_URL", queue + "," + queueWith(deadLetters, "others"));
        bury("rejected", "suppressed");

        assertThat(run(both, "list", "--queue", "others", "--max", "1").out())
                .startsWith("dead: 0 dead letters, and there may be more");
        assertThat(run(both, "list", "--queue", "others", "--max", "2").out())
                .isEqualTo("dead: 0 dead letters" + System.lineSeparator());
    }

    @Test
    void aNamedDeadLetterQueueComesBeforeThatOfThePolicyAndAFailureEndsItWithOne() {
        bury("rejected", "suppressed");
        Map<String, String> named = Map.of("MAILROUTER_DEAD_LETTER_QUEUE_URL", deadLetters, "MAILROUTER_QUEUE_URL", "");
        sqs.deleteQueue(q -> q.queueUrl(queue));

        assertThat(run(named, "list").out()).contains("dead: 1 dead letters");
        Ended failed = run(named, "redrive");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).contains("0 brought back, 0 left, 1 failed", "1 no_source_queue");
        Ended unreachable = run(Map.of(), "list");
        assertThat(unreachable.code()).isEqualTo(1);
        assertThat(unreachable.err()).contains("The dead letters cannot be reached: the queue emails cannot be asked");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|list or redrive is needed",
                "lits|list or redrive is needed",
                "list --reason x|Unknown argument --reason: list knows --max and --queue",
                "list --max 0|--max is '0': 1 to 10000 is needed",
                "list --max|--max needs a value",
                "redrive --max --dry-run|--max needs a value",
                "redrive --max 1000001|--max is '1000001': 1 to 1000000 is needed",
                "redrive --rate 0|--rate is '0': 0.1 to 1000 messages a second is needed",
                "redrive --rate x|--rate is 'x': 0.1 to 1000 messages a second is needed",
                "redrive --dryrun|Unknown argument --dryrun",
                "redrive --queue other|--queue names none of MAILROUTER_QUEUE_URL"
            })
    void aWrongArgumentEndsItWithTwo(String words, String problem) {
        Ended ended = run(
                Map.of("MAILROUTER_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/emails"),
                words.isEmpty() ? new String[0] : words.split(" "));

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains(problem);
    }

    @Test
    void aWrongEnvironmentEndsItWithTwoAndNamesEverything() {
        Ended ended = run(Map.of("MAILROUTER_QUEUE_URL", "", "AWS_REGION", ""), "list");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("MAILROUTER_QUEUE_URL is not set", "AWS_REGION is not set");
    }
}
