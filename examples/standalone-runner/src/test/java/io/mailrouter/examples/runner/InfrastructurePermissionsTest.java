package io.mailrouter.examples.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.ses.SesProvider;
import io.mailrouter.sqs.DeadLetters;
import io.mailrouter.sqs.SqsEmailConsumer;
import io.mailrouter.sqs.SqsEmailLambdaHandler;
import io.mailrouter.sqs.SqsEmailQueue;
import io.mailrouter.testkit.LoopbackSes;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sesv2.SesV2Client;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The policies allow what the real code calls, found out by running it, and nothing else. */
class InfrastructurePermissionsTest {

    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));
    private static final String EMAIL = "{\"v\":1,\"from\":\"shop@example.com\",\"to\":[\"ada@example.org\"],"
            + "\"subject\":\"Your order\",\"text\":\"hello\"}";
    private static final String WITH_A_FILE = EMAIL.replace(
            "\"v\":1",
            "\"v\":1,\"attachments\":[{\"name\":\"a.txt\",\"type\":\"text/plain\",\"base64\":\"aGVsbG8=\"}]");

    /** What the event source mapping does with the function's role, and how its output comes into the log. */
    private static final Set<String> OF_LAMBDA = Set.of(
            "sqs:ReceiveMessage on queue",
            "sqs:DeleteMessage on queue",
            "sqs:GetQueueAttributes on queue",
            "logs:CreateLogStream on logs",
            "logs:PutLogEvents on logs");

    private final Calls calls = new Calls();
    private final LoopbackSes loopbackSes = LoopbackSes.start();
    private final SQSRestServer server =
            SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    private final SqsClient sqs = SqsClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:"
                    + server.waitUntilStarted().localAddress().getPort()))
            .region(Region.EU_WEST_1)
            .credentialsProvider(CREDENTIALS)
            .httpClientBuilder(Apache5HttpClient.builder())
            .overrideConfiguration(c -> c.addExecutionInterceptor(calls))
            .build();
    private final SesV2Client ses = SesV2Client.builder()
            .endpointOverride(loopbackSes.url())
            .region(Region.EU_WEST_1)
            .credentialsProvider(CREDENTIALS)
            .httpClientBuilder(Apache5HttpClient.builder())
            .overrideConfiguration(c -> c.addExecutionInterceptor(calls)
                    .retryStrategy(RetryMode.STANDARD)
                    .retryStrategy(retries -> retries.maxAttempts(1)))
            .build();
    private final String deadLetters =
            sqs.createQueue(q -> q.queueName("emails-dead")).queueUrl();
    private final String queue = createQueue();

    @AfterEach
    void stop() {
        ses.close();
        sqs.close();
        loopbackSes.close();
        server.stopAndWait();
    }

    private String createQueue() {
        String arn = sqs.getQueueAttributes(q -> q.queueUrl(deadLetters).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
        String redrive = "{\"deadLetterTargetArn\":\"" + arn + "\",\"maxReceiveCount\":\"16\"}";
        return sqs.createQueue(
                        q -> q.queueName("emails").attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, redrive)))
                .queueUrl();
    }

    private void enqueue(String... bodies) {
        for (String body : bodies) {
            sqs.sendMessage(q -> q.queueUrl(queue).messageBody(body));
        }
        calls.forget();
    }

    private EmailService service() {
        return EmailService.builder()
                .provider(SesProvider.builder().client(ses).build())
                .build();
    }

    @Test
    void theConsumersPolicyIsWhatItCalls() throws Exception {
        // One that is sent at the second attempt, after it was given back; one with a file; one for the dead letters.
        enqueue(EMAIL, WITH_A_FILE, "not json");
        loopbackSes.next(LoopbackSes.error(503, "ServiceUnavailableException", "Try again."));
        try (EmailService emails = service();
                SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, sqs, queue)
                        .waitTime(Duration.ofSeconds(1))
                        .backoffBase(Duration.ofSeconds(1))
                        .backoffMax(Duration.ofSeconds(1))
                        .build()) {
            consumer.start();
            assertThat(consumer.awaitDrained(Duration.ofSeconds(60))).isTrue();
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> calls.permissions().contains("ses:GetAccount on *"));
        }

        assertThat(loopbackSes.accepted()).hasSize(2);
        assertThat(calls.permissions()).isEqualTo(Policies.ofTerraform("consumer"));
    }

    @Test
    void theFunctionsPolicyIsWhatItsHandlerCallsAndWhatLambdaDoesForIt() throws Exception {
        enqueue(EMAIL, WITH_A_FILE, "not json");
        SQSEvent event = event();
        loopbackSes.next(LoopbackSes.error(503, "ServiceUnavailableException", "Try again."));
        try (EmailService emails = service()) {
            SqsEmailLambdaHandler handler =
                    SqsEmailLambdaHandler.builder(emails).client(sqs).build();
            SQSBatchResponse response = handler.handleRequest(event, null);
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> calls.permissions().contains("ses:GetAccount on *"));
            assertThat(response.getBatchItemFailures()).hasSize(1);
        }
        Set<String> permissions = calls.permissions();
        permissions.addAll(OF_LAMBDA);

        assertThat(permissions).isEqualTo(Policies.ofTerraform("lambda"));
    }

    @Test
    void theOperatorsPolicyIsWhatTheDeadLettersCall() throws Exception {
        // One that the consumer put there, with a note, and one that SQS moved by itself.
        enqueue(EMAIL);
        loopbackSes.next(LoopbackSes.error(400, "MessageRejected", "Email contains a virus"));
        try (EmailService emails = service();
                SqsEmailConsumer consumer = SqsEmailConsumer.builder(emails, sqs, queue)
                        .waitTime(Duration.ofSeconds(1))
                        .build()) {
            consumer.start();
            assertThat(consumer.awaitDrained(Duration.ofSeconds(60))).isTrue();
        }
        sqs.sendMessage(q -> q.queueUrl(deadLetters).messageBody(EMAIL));
        calls.forget();
        DeadLetters letters = DeadLetters.ofQueue(sqs, queue);

        assertThat(letters.list(10)).hasSize(2);
        assertThat(letters.redrive(letter -> true, 100).moved()).isEqualTo(2);
        assertThat(calls.permissions()).isEqualTo(Policies.ofTerraform("redrive"));
    }

    @Test
    void theProducersPolicyIsWhatItCalls() throws Exception {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("Your order")
                .text("hello")
                .build();
        SqsEmailQueue emails = SqsEmailQueue.builder(sqs, queue).build();
        calls.forget();
        emails.send(email);
        emails.sendAll(List.of(email, email));

        assertThat(calls.permissions()).isEqualTo(Policies.ofTerraform("producer"));
    }

    private SQSEvent event() {
        List<SQSEvent.SQSMessage> records = new ArrayList<>();
        while (records.size() < 3) {
            for (Message message : sqs.receiveMessage(q -> q.queueUrl(queue).waitTimeSeconds(1))
                    .messages()) {
                SQSEvent.SQSMessage record = new SQSEvent.SQSMessage();
                record.setMessageId(message.messageId());
                record.setReceiptHandle(message.receiptHandle());
                record.setBody(message.body());
                record.setEventSourceArn("arn:aws:sqs:eu-west-1:000000000000:emails");
                record.setAttributes(Map.of(
                        "ApproximateReceiveCount", "1",
                        "SentTimestamp", String.valueOf(System.currentTimeMillis()),
                        "ApproximateFirstReceiveTimestamp", String.valueOf(System.currentTimeMillis())));
                records.add(record);
            }
        }
        calls.forget();
        SQSEvent event = new SQSEvent();
        event.setRecords(records);
        return event;
    }

    @Test
    void theTemplateAndTheModuleGiveTheFunctionTheSame() throws Exception {
        Set<String> terraform = Policies.ofTerraform("lambda");

        assertThat(Policies.ofSam()).isEqualTo(terraform).contains("sqs:ReceiveMessage on queue");
    }
}
