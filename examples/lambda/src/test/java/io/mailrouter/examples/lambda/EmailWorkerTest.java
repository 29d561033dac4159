package io.mailrouter.examples.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.LoopbackSes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The function in AWS's own runtime, with events as Lambda writes them, against loopback services. */
@Timeout(300)
class EmailWorkerTest {

    private static final Duration PLENTY = Duration.ofMinutes(10);
    private static final String NO_FAILURE = "{\"batchItemFailures\":[]}";

    @TempDir
    private Path directory;

    private final SQSRestServer elasticMq =
            SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    private final LoopbackSes ses = LoopbackSes.start();
    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final RuntimeApi lambda = new RuntimeApi();
    private SqsClient sqs;
    private String deadLetters;

    @BeforeEach
    void createQueues() {
        sqs = SqsClient.builder()
                .endpointOverride(URI.create(sqsUrl()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        deadLetters = sqs.createQueue(q -> q.queueName("dead")).queueUrl();
        String arn = sqs.getQueueAttributes(q -> q.queueUrl(deadLetters).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        sqs.createQueue(q -> q.queueName("emails")
                .attributes(Map.of(
                        QueueAttributeName.REDRIVE_POLICY,
                        "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":\"16\"}")));
    }

    @AfterEach
    void stopParts() {
        sqs.close();
        lambda.close();
        ses.close();
        sendGrid.close();
        elasticMq.stopAndWait();
    }

    private String sqsUrl() {
        return "http://127.0.0.1:" + elasticMq.waitUntilStarted().localAddress().getPort();
    }

    private LambdaProcess start(String... more) throws IOException {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "AWS_REGION", "eu-west-1",
                "AWS_ACCESS_KEY_ID", "local",
                "AWS_SECRET_ACCESS_KEY", "local",
                "AWS_ENDPOINT_URL_SQS", sqsUrl(),
                "AWS_ENDPOINT_URL_SESV2", ses.url().toString(),
                "SENDGRID_BASE_URL", sendGrid.url().toString(),
                "SENDGRID_API_KEY", "SG.secret-canary",
                "MAILROUTER_ROUTING", "order"));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return new LambdaProcess(directory.resolve("output"), EmailWorker.class, lambda, environment);
    }

    private static String event(String name) throws IOException {
        try (InputStream in = EmailWorkerTest.class.getResourceAsStream("/events/" + name + ".json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private RuntimeApi.Answer invoke(String event) throws Exception {
        return lambda.invoke(event(event), PLENTY);
    }

    private List<String> acceptedAddresses() {
        return Stream.concat(ses.accepted().stream(), sendGrid.accepted().stream())
                .map(AcceptedEmail::to)
                .flatMap(List::stream)
                .map(AcceptedEmail.Mailbox::address)
                .toList();
    }

    private static List<String> failed(RuntimeApi.Answer answer) throws IOException {
        List<String> ids = new ArrayList<>();
        for (JsonNode item : new JsonMapper().readTree(answer.body()).get("batchItemFailures")) {
            ids.add(item.get("itemIdentifier").asText());
        }
        return ids;
    }

    @Test
    void sendsGoldenEventsInTheRealRuntime() throws Exception {
        long begin = System.nanoTime();
        try (LambdaProcess function = start()) {
            assertThat(lambda.awaitReady()).as(function.output()).isTrue();
            Duration init = Duration.ofNanos(System.nanoTime() - begin);

            RuntimeApi.Answer first = invoke("standard");
            RuntimeApi.Answer second = invoke("standard");

            System.out.printf(
                    "cold start: init %d ms, first invocation %d ms, second %d ms%n",
                    init.toMillis(),
                    first.elapsed().toMillis(),
                    second.elapsed().toMillis());
            assertThat(first.kind()).as(first.body()).isEqualTo("response");
            assertThat(first.body()).isEqualTo(NO_FAILURE);
            assertThat(second.body()).isEqualTo(NO_FAILURE);
            assertThat(acceptedAddresses())
                    .containsExactlyInAnyOrder(
                            "ada@example.org", "grace@example.org", "ada@example.org", "grace@example.org");

            assertThat(invoke("ten").body()).isEqualTo(NO_FAILURE);
            assertThat(acceptedAddresses()).hasSize(14);
            assertThat(invoke("empty").body()).isEqualTo(NO_FAILURE);
            assertThat(invoke("unknown-fields").body()).isEqualTo(NO_FAILURE);
            assertThat(invoke("attributes").body()).isEqualTo(NO_FAILURE);
            assertThat(acceptedAddresses()).contains("known@example.org", "attr@example.org");
            assertThat(lambda.invoke("{}", PLENTY).body()).isEqualTo(NO_FAILURE);
            assertThat(function.output())
                    .as("C10 C11")
                    .doesNotContain("canary", "example.org")
                    .contains("\"CloudWatchMetrics\"", "\"received\":10,\"accepted\":10");
        }
    }

    @Test
    @DisplayName("C12 Q5 a malformed message is dead-lettered in one invocation, the others are sent")
    void deadLettersAMalformedMessage() throws Exception {
        try (LambdaProcess function = start()) {
            assertThat(invoke("malformed").body()).as(function.output()).isEqualTo(NO_FAILURE);

            assertThat(acceptedAddresses()).containsExactly("good@example.org");
            List<Message> dead = sqs.receiveMessage(q -> q.queueUrl(deadLetters).messageAttributeNames("All"))
                    .messages();
            assertThat(dead).singleElement().satisfies(letter -> {
                assertThat(letter.body()).contains("canary@example.org");
                assertThat(letter.messageAttributes()
                                .get("mailrouter.dead-letter")
                                .stringValue())
                        .contains("\"reason\":\"malformed\"", "\"sourceMessageId\":\"bad\"");
            });
            assertThat(function.output()).doesNotContain("canary");
        }
    }

    @Test
    @DisplayName("Q9 one of ten fails: only its id is returned, the others are sent")
    void returnsTheOneThatFails() throws Exception {
        ses.next(LoopbackSes.error(503, "InternalServiceErrorException", "later"));
        try (LambdaProcess function = start("SENDGRID_API_KEY", "")) {
            List<String> failed = failed(invoke("ten"));

            assertThat(failed).as(function.output()).hasSize(1);
            assertThat(acceptedAddresses())
                    .hasSize(9)
                    .doesNotContain(failed.get(0).replace("m-", "ten") + "@example.org");
        }
    }

    @Test
    @DisplayName("Q12 a message of a FIFO group that fails keeps back the later ones of its group")
    void keepsTheOrderOfAGroup() throws Exception {
        ses.refuseRecipient("refused@example.org");
        try (LambdaProcess function = start()) {
            RuntimeApi.Answer answer = invoke("fifo");

            assertThat(answer.body())
                    .as(function.output())
                    .isEqualTo("{\"batchItemFailures\":[{\"itemIdentifier\":\"a-2\"},{\"itemIdentifier\":\"a-3\"}]}");
            assertThat(acceptedAddresses())
                    .containsExactlyInAnyOrder("a1@example.org", "b1@example.org", "b2@example.org");
        }
    }

    @Test
    @DisplayName("Q8 near its time-out it begins nothing more, and returns what was not sent")
    void stopsTakingWorkNearItsEnd() throws Exception {
        try (LambdaProcess function = start("MAILROUTER_DEADLINE", "PT5S", "MAILROUTER_CONCURRENCY", "1")) {
            assertThat(failed(lambda.invoke(event("ten"), Duration.ofSeconds(6))))
                    .as("no send could end in time: " + function.output())
                    .hasSize(10);
            assertThat(acceptedAddresses()).isEmpty();
            ses.behave(Behaviour.acceptAfter(Duration.ofMillis(800)));

            List<String> failed = failed(lambda.invoke(event("ten"), Duration.ofSeconds(9)));

            assertThat(failed).isNotEmpty();
            assertThat(acceptedAddresses())
                    .as("whoever is not returned was sent an email, and nobody else")
                    .containsExactlyInAnyOrderElementsOf(Stream.iterate(0, i -> i < 10, i -> i + 1)
                            .filter(i -> !failed.contains("m-" + i))
                            .map(i -> "ten" + i + "@example.org")
                            .toList());
        }
    }

    @Test
    void saysWhichVariablesAreWrong() throws Exception {
        try (LambdaProcess function =
                start("MAILROUTER_CONCURRENCY", "many", "MAILROUTER_DEADLINE", "soon", "SENDGRID_API_KEY", "a\nb")) {
            assertThat(lambda.initError())
                    .as(function.output())
                    .contains(
                            "MAILROUTER_CONCURRENCY is malformed: it must be a whole number from 1 to 1000, e.g. 10",
                            "MAILROUTER_DEADLINE is malformed",
                            "SENDGRID_API_KEY holds a control character")
                    .doesNotContain("many", "soon");
        }
    }

    @Test
    void goesOnFromASnapshot() throws Exception {
        try (LambdaProcess function = start("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")) {
            assertThat(lambda.awaitSnapshot()).as(function.output()).isTrue();
            assertThat(function.output()).doesNotContain("Opened anew");
            lambda.restore();

            RuntimeApi.Answer answer = invoke("standard");

            assertThat(answer.body()).as(function.output()).isEqualTo(NO_FAILURE);
            assertThat(function.output()).contains("Opened anew, from a snapshot");
            assertThat(acceptedAddresses()).containsExactlyInAnyOrder("ada@example.org", "grace@example.org");
        }
    }
}
