package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import io.mailrouter.testkit.LoopbackSes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Each test has its own queue, providers and processes; they mostly wait, so that some run at a time. */
@Execution(ExecutionMode.CONCURRENT)
class RunnerProcessTest {

    private static final String ALL_ACCEPTED = "mailrouter_send_seconds_count{outcome=\"accepted\"} 20";

    @TempDir
    private Path directory;

    private final SQSRestServer elasticMq =
            SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    private final LoopbackSes ses = LoopbackSes.start();
    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final HttpClient http = HttpClient.newHttpClient();
    private SqsClient sqs;
    private String queue;
    private String deadLetters;

    @BeforeEach
    void createQueues() {
        sqs = SqsClient.builder()
                .endpointOverride(sqsUrl())
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
        deadLetters = sqs.createQueue(q -> q.queueName("dead")).queueUrl();
        String arn = sqs.getQueueAttributes(q -> q.queueUrl(deadLetters).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        queue = sqs.createQueue(q -> q.queueName("emails")
                        .attributes(Map.of(
                                QueueAttributeName.REDRIVE_POLICY,
                                "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":\"100\"}")))
                .queueUrl();
    }

    @AfterEach
    void stopParts() {
        sqs.close();
        ses.close();
        sendGrid.close();
        elasticMq.stopAndWait();
    }

    private URI sqsUrl() {
        return URI.create("http://127.0.0.1:"
                + elasticMq.waitUntilStarted().localAddress().getPort());
    }

    private Map<String, String> environment(String... more) {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "AWS_REGION", "eu-west-1",
                "AWS_ACCESS_KEY_ID", "local",
                "AWS_SECRET_ACCESS_KEY", "local",
                "AWS_ENDPOINT_URL_SQS", sqsUrl().toString(),
                "AWS_ENDPOINT_URL_SESV2", ses.url().toString(),
                "SENDGRID_BASE_URL", sendGrid.url().toString(),
                "SENDGRID_API_KEY", "SG.secret-canary",
                "MAILROUTER_QUEUE_URL", queue,
                "MAILROUTER_PROVIDERS", "ses,sendgrid",
                "MAILROUTER_HTTP", "127.0.0.1:0"));
        environment.put("MAILROUTER_ROUTING", "order");
        // A drain ends when the queue has been empty for so long.
        environment.put("MAILROUTER_WAIT_TIME", "1s");
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    private Fork fork(Map<String, String> environment, String... arguments) throws IOException {
        return new Fork(directory.resolve("output"), environment, arguments);
    }

    private void enqueue(int count) {
        for (int i = 0; i < count; i++) {
            String body = "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"canary" + i
                    + "@example.org\"],\"subject\":\"canary\",\"text\":\"canary\"}";
            sqs.sendMessage(q -> q.queueUrl(queue).messageBody(body));
        }
    }

    private List<String> acceptedAddresses() {
        return Stream.concat(ses.accepted().stream(), sendGrid.accepted().stream())
                .map(AcceptedEmail::to)
                .flatMap(List::stream)
                .map(AcceptedEmail.Mailbox::address)
                .toList();
    }

    private List<String> takeAll(String url) {
        List<String> bodies = new ArrayList<>();
        List<Message> messages;
        do {
            messages = sqs.receiveMessage(q -> q.queueUrl(url).maxNumberOfMessages(10))
                    .messages();
            messages.forEach(message -> bodies.add(message.body()));
        } while (!messages.isEmpty());
        return bodies;
    }

    private JsonNode json(Fork fork, String path) throws Exception {
        return new JsonMapper().readTree(page(fork, path));
    }

    private String page(Fork fork, String path) throws Exception {
        Pattern pages = Pattern.compile("pages at http:[\\\\/]+([0-9.:]+)");
        await().atMost(Duration.ofSeconds(120))
                .until(() -> !fork.isAlive() || pages.matcher(fork.output()).find());
        Matcher line = pages.matcher(fork.output());
        assertThat(line.find()).as(fork.output()).isTrue();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + line.group(1) + path))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void drainsTheQueueAndEndsByItself() throws Exception {
        enqueue(40);
        sqs.sendMessage(q -> q.queueUrl(queue).messageBody("canary is not json"));
        try (Fork fork = fork(environment(), "--drain")) {
            assertThat(fork.exitCode()).as(fork.output()).isZero();

            assertThat(acceptedAddresses()).hasSize(40).doesNotHaveDuplicates();
            assertThat(takeAll(deadLetters)).containsExactly("canary is not json");
            assertThat(takeAll(queue)).isEmpty();
            assertThat(fork.output())
                    .contains("received 41, deleted 40, returned 0, dead-lettered 1")
                    .contains("provider ses: accepted 40");
            assertThat(fork.output()).as("C10 C11").doesNotContain("canary");
        }
    }

    @Test
    void showsItsStateToOperators() throws Exception {
        ses.behave(Behaviour.refuseConnections());
        enqueue(20);
        Map<String, String> environment = environment(
                "MAILROUTER_LOG",
                "json",
                "MAILROUTER_SES_TIMEOUT",
                "2s",
                "MAILROUTER_REDIS_URI",
                "redis://127.0.0.1:1");
        try (Fork fork = fork(environment)) {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> page(fork, "/metrics").contains(ALL_ACCEPTED));

            JsonNode health = json(fork, "/health");
            JsonNode providers = json(fork, "/providers");
            String metrics = page(fork, "/metrics");

            assertThat(health.path("status").asText()).isEqualTo("DEGRADED");
            assertThat(health.path("providers").path("ses").asText()).isEqualTo("down");
            assertThat(health.path("providers").path("sendgrid").asText()).isEqualTo("up");
            assertThat(providers.get(0).path("name").asText()).isEqualTo("ses");
            assertThat(providers.get(0).path("state").asText()).isEqualTo("down");
            assertThat(providers.get(0).path("failed").asInt()).isGreaterThanOrEqualTo(5);
            assertThat(providers.get(1).path("accepted").asInt()).isEqualTo(20);
            assertThat(metrics)
                    .contains(ALL_ACCEPTED)
                    .contains("mailrouter_provider_state{provider=\"ses\",state=\"down\"} 1.0")
                    .contains("mailrouter_queue_received_total{queue=\"emails\"} 20.0")
                    .contains("mailrouter_failover_total{");
            assertThat(metrics)
                    .contains("mailrouter_store_up{store=\"fleet\"} 0.0")
                    .contains("mailrouter_queue_dead_total{queue=\"emails\"} 0.0");
            for (Expression expression : Expression.ofDashboard()) {
                assertThat(expression.missingIn(metrics)).as(expression.text()).isEmpty();
            }
            for (Expression expression : Expression.ofAlerts()) {
                assertThat(expression.missingIn(metrics)).as(expression.text()).isEmpty();
            }
            assertThat(page(fork, "/nothing")).isEqualTo("not found\n");
            JsonNode queues = json(fork, "/queues");
            assertThat(queues).hasSize(1);
            assertThat(queues.at("/0/name").asText()).isEqualTo("emails");
            assertThat(queues.at("/0/state").asText()).isEqualTo("up");
            assertThat(queues.at("/0/received").asInt()).isEqualTo(20);
            assertThat(queues.at("/0/pollers").asInt()).isPositive();
            assertThat(queues.toString()).as("no URL, for it holds the account").doesNotContain("000000000000");

            fork.terminate();
            assertThat(fork.exitCode()).as(fork.output()).isZero();
            List<JsonNode> lines = new ArrayList<>();
            for (String line : fork.standardOutput().lines().toList()) {
                lines.add(new JsonMapper().readTree(line));
            }
            assertThat(lines).as("a line, an object").hasSizeGreaterThan(3).allMatch(JsonNode::isObject);
            assertThat(lines).allMatch(line -> line.hasNonNull("level") && line.hasNonNull("formattedMessage"));
            JsonNode totals = lines.get(lines.size() - 1);
            assertThat(totals.at("/queues/0/received").asInt()).isEqualTo(20);
            assertThat(totals.at("/queues/0/abandoned").asInt(-1)).isZero();
            assertThat(totals.at("/providers/1/accepted").asInt()).isEqualTo(20);
        }
    }

    @Test
    @DisplayName("Q11 SIGTERM finishes what is under way, gives the rest back, and exits with 0")
    void stopsOnSigterm() throws Exception {
        int count = 60;
        ses.behave(Behaviour.acceptAfter(Duration.ofMillis(400)));
        enqueue(count);
        Map<String, String> environment = environment("MAILROUTER_PROVIDERS", "ses", "MAILROUTER_CONCURRENCY", "4");
        try (Fork fork = fork(environment)) {
            await().atMost(Duration.ofSeconds(120))
                    .until(() -> acceptedAddresses().size() >= 8);
            fork.terminate();
            fork.terminate();

            assertThat(fork.exitCode()).as("a second signal changes nothing").isZero();
            List<String> accepted = acceptedAddresses();
            List<String> left = takeAll(queue);
            assertThat(accepted).doesNotHaveDuplicates();
            assertThat(left).as("visible again at once").hasSize(count - accepted.size());
            assertThat(IntStream.range(0, count)
                            .filter(i -> !accepted.contains("canary" + i + "@example.org"))
                            .mapToObj(i -> "canary" + i + "@"))
                    .as("whoever got nothing is still on the queue")
                    .allSatisfy(address -> assertThat(left).anyMatch(body -> body.contains(address)));
            assertThat(fork.output()).contains("abandoned 0").doesNotContain("canary");
        }
    }

    @Test
    @DisplayName("C10 a wrong environment ends it with code 2, says what is wrong, and shows no secret")
    void refusesAWrongEnvironment() throws Exception {
        Map<String, String> environment =
                environment("MAILROUTER_CONCURRENCY", "lots", "MAILROUTER_REDIS_URI", "http://u:canary@redis");
        try (Fork fork = fork(environment)) {
            assertThat(fork.exitCode()).isEqualTo(2);
            assertThat(fork.output())
                    .contains("MAILROUTER_CONCURRENCY is 'lots': it must be a whole number from 1 to 1000, e.g. 16")
                    .contains("MAILROUTER_REDIS_URI is malformed")
                    .doesNotContain("canary");
        }
    }

    @Test
    @DisplayName("R1 starts and sends without Redis, with one warning")
    void sendsWithoutRedis() throws Exception {
        enqueue(20);
        try (Fork fork = fork(environment("MAILROUTER_REDIS_URI", "redis://127.0.0.1:1"), "--drain")) {
            assertThat(fork.exitCode()).as(fork.output()).isZero();

            assertThat(acceptedAddresses()).hasSize(20).doesNotHaveDuplicates();
            assertThat(fork.output().lines().filter(line -> line.contains("WARN") && line.contains("Redis")))
                    .singleElement()
                    .asString()
                    .contains("cannot be used");
        }
    }

    @Test
    @DisplayName("X11 what may have been sent goes to the dead-letter queue, unless the environment says resend-other")
    void followsTheAmbiguityOfTheEnvironment() throws Exception {
        ses.behave(Behaviour.acceptThenHang());
        enqueue(2);
        // So long that the request is written in a JVM that has just begun: else it would be surely not sent.
        try (Fork fork = fork(environment("MAILROUTER_SES_TIMEOUT", "8s"), "--drain")) {
            assertThat(fork.exitCode()).as(fork.output()).isZero();
            assertThat(sendGrid.accepted()).isEmpty();
            assertThat(takeAll(deadLetters)).hasSize(2);
        }
        enqueue(2);
        Map<String, String> resend =
                environment("MAILROUTER_SES_TIMEOUT", "3s", "MAILROUTER_AMBIGUITY", "resend-other");
        try (Fork fork = fork(resend, "--drain")) {
            assertThat(fork.exitCode()).as(fork.output()).isZero();
            assertThat(sendGrid.accepted()).hasSize(2);
        }
    }

    @Test
    void runsOnOneNetty() {
        assertThat(Pattern.compile("netty-(common|transport)-([0-9]+\\.[0-9]+)")
                        .matcher(System.getProperty("java.class.path"))
                        .results()
                        .map(jar -> jar.group(2)))
                .as("Lettuce needs 4.2 and fails with the 4.1 that the AWS SDK would bring")
                .isNotEmpty()
                .containsOnly("4.2");
    }

    @Test
    @DisplayName("Q11 SIGTERM while it starts: it ends with 0, and has received nothing")
    void stopsOnSigtermDuringTheStart() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
                Fork fork = fork(environment("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:" + silent.getLocalPort()))) {
            silent.setSoTimeout((int) Duration.ofSeconds(120).toMillis());
            Socket asked = silent.accept();
            fork.terminate();

            assertThat(fork.exitCode()).as(fork.output()).isZero();
            assertThat(fork.output()).contains("received 0").doesNotContain("cannot start");
            asked.close();
        }
    }

    @Test
    void drainsSeveralQueues() throws Exception {
        enqueue(12);
        String other = sqs.createQueue(q -> q.queueName("others")).queueUrl();
        sqs.sendMessage(q -> q.queueUrl(other).messageBody("canary is not json"));
        Map<String, String> environment = environment(
                "MAILROUTER_QUEUE_URL",
                queue + "," + other,
                "MAILROUTER_DEAD_LETTER_QUEUE_URL",
                deadLetters,
                "MAILROUTER_SES_CONFIGURATION_SET",
                "marketing");
        try (Fork fork = fork(environment, "--drain")) {
            assertThat(fork.exitCode()).as(fork.output()).isZero();

            assertThat(acceptedAddresses()).hasSize(12).doesNotHaveDuplicates();
            assertThat(ses.accepted())
                    .hasSize(12)
                    .allMatch(email -> email.configurationSet().equals("marketing"));
            assertThat(takeAll(deadLetters)).containsExactly("canary is not json");
            assertThat(fork.output())
                    .contains("queue emails: received 12, deleted 12, returned 0, dead-lettered 0")
                    .contains("queue others: received 1, deleted 0, returned 0, dead-lettered 1");
        }
    }

    @Test
    void saysWhyItCannotStart() throws Exception {
        try (Fork fork = fork(environment("MAILROUTER_QUEUE_URL", sqsUrl() + "/000000000000/no-such-queue"))) {
            assertThat(fork.exitCode()).isEqualTo(1);
            assertThat(fork.output()).contains("The runner cannot start: ").doesNotContain("\tat ");
        }
    }
}
