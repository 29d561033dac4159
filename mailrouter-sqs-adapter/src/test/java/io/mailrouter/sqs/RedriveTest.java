package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Messages brought back over the real wire, without a consumer. */
@Execution(ExecutionMode.CONCURRENT)
class RedriveTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final DeadLetters letters = DeadLetters.of(client, queues.deadLetters());

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    /** Puts a message into the dead-letter queue as if somebody had dead-lettered it. */
    private void bury(String body, Map<String, String> attributes) {
        Map<String, MessageAttributeValue> values = new HashMap<>();
        attributes.forEach((name, value) -> values.put(name, text(value)));
        client.sendMessage(
                r -> r.queueUrl(queues.deadLetters()).messageBody(body).messageAttributes(values));
    }

    private String arn(String url) {
        return client.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN);
    }

    private List<String> subjects(String url) {
        return LocalSqs.take(client, url).stream()
                .map(message -> message.body().replaceAll(".*\"subject\":\"([^\"]*)\".*", "$1"))
                .toList();
    }

    @Test
    void keepsToItsRateAndItsNumberAndADryRunMovesNothing() {
        LocalSqs.fill(
                client,
                queues.deadLetters(),
                IntStream.range(0, 7).mapToObj(i -> LocalSqs.body("s" + i)).toList());
        AtomicLong nanos = new AtomicLong();
        List<Duration> waits = new ArrayList<>();
        Surroundings virtual = new Surroundings(InstantSource.system(), nanos::get, new Random(1));
        DeadLetters paced = DeadLetters.of(client, queues.deadLetters(), virtual, time -> {
            waits.add(time);
            nanos.addAndGet(time.toNanos());
        });

        RedriveReport dry = paced.redrive(Redrive.of(letter -> true).dryRun());
        RedriveReport five = paced.redrive(Redrive.of(letter -> true).rate(2).max(5));

        assertThat(dry).isEqualTo(new RedriveReport(7, 0, Map.of(), true));
        assertThat(five.moved()).isEqualTo(5);
        assertThat(five.left()).isEqualTo(2);
        assertThat(five.complete()).isFalse();
        assertThat(waits).containsOnly(Duration.ofMillis(500)).hasSize(4);
        assertThat(LocalSqs.size(client, queues.url())).isEqualTo(5);
        assertThat(LocalSqs.take(client, queues.deadLetters())).hasSize(2);
    }

    @Test
    void aFifoMessageKeepsItsGroupAndIsNotTakenForTheOneThatItWas() {
        Map<QueueAttributeName, String> fifo = Map.of(QueueAttributeName.FIFO_QUEUE, "true");
        String dead = client.createQueue(
                        r -> r.queueName("d-" + UUID.randomUUID() + ".fifo").attributes(fifo))
                .queueUrl();
        Map<QueueAttributeName, String> policy = Map.of(
                QueueAttributeName.FIFO_QUEUE,
                "true",
                QueueAttributeName.REDRIVE_POLICY,
                "{\"deadLetterTargetArn\":\"" + arn(dead) + "\",\"maxReceiveCount\":5}");
        String source = client.createQueue(
                        r -> r.queueName("q-" + UUID.randomUUID() + ".fifo").attributes(policy))
                .queueUrl();
        UnaryOperator<String> put = url -> client.sendMessage(r -> r.queueUrl(url)
                        .messageBody(LocalSqs.body("a"))
                        .messageGroupId("g")
                        .messageDeduplicationId("same"))
                .messageId();
        put.apply(source);
        client.deleteMessage(r -> r.queueUrl(source)
                .receiptHandle(LocalSqs.take(client, source).get(0).receiptHandle()));
        put.apply(dead);

        RedriveReport report = DeadLetters.of(client, dead).redrive(letter -> true, 10);

        assertThat(report.failed()).isEmpty();
        assertThat(report.moved()).isEqualTo(1);
        List<Message> back = LocalSqs.take(client, source);
        assertThat(back).hasSize(1);
        assertThat(back.get(0).attributes()).containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "g");
    }

    @Test
    void saysWhyAMessageCannotBeBroughtBackAndLeavesIt() {
        Map<String, String> full = new HashMap<>();
        IntStream.range(0, 10).forEach(i -> full.put("a" + i, "x"));
        bury(LocalSqs.body("a"), Map.of(DeadLetterNote.ATTRIBUTE, note("arn:aws:sqs:elasticmq:000000000000:none")));
        bury(LocalSqs.body("b"), full);
        bury(LocalSqs.body("c"), Map.of(DeadLetterNote.ATTRIBUTE, note(arn(queues.deadLetters()))));

        RedriveReport report = letters.redrive(letter -> true, 1_000);

        assertThat(report.failed()).isEqualTo(Map.of("no_source_queue", 1, "no_room_for_key", 1, "same_queue", 1));
        assertThat(report.failures()).isEqualTo(3);
        assertThat(report.moved() + report.left()).isZero();
        assertThat(LocalSqs.size(client, queues.url())).isZero();
        assertThat(subjects(queues.deadLetters())).containsExactlyInAnyOrder("a", "b", "c");
    }

    private static String note(String source) {
        return "{\"reason\":\"attempts_used\",\"idempotencyKey\":\"k\",\"sourceQueue\":\"" + source + "\"}";
    }

    @Test
    void sendsToANamedQueueAndWithoutANoteToTheOnlyOneThatLeadsThere() {
        LocalSqs.Queues other = SQS.queues(client, 100);
        LocalSqs.fill(client, queues.deadLetters(), List.of(LocalSqs.body("a")));

        assertThat(letters.redrive(Redrive.of(letter -> true).to(other.url())).moved())
                .isEqualTo(1);
        LocalSqs.fill(client, queues.deadLetters(), List.of(LocalSqs.body("b")));
        assertThat(letters.redrive(Redrive.of(letter -> true)).moved()).isEqualTo(1);

        assertThat(subjects(other.url())).containsExactly("a");
        Message back = LocalSqs.take(client, queues.url()).get(0);
        assertThat(back.messageAttributes()).containsKey(MessageHandler.KEY_ATTRIBUTE);
    }

    @Test
    void aMessageThatTheQueueMovedByItselfKeepsTheKeyThatItsSendsWentUnder() {
        LocalSqs.Queues strict = SQS.queues(client, 1);
        LocalSqs.fill(client, strict.url(), List.of(LocalSqs.body("a")));
        Message first = LocalSqs.take(client, strict.url()).get(0);
        client.changeMessageVisibility(r ->
                r.queueUrl(strict.url()).receiptHandle(first.receiptHandle()).visibilityTimeout(0));
        assertThat(LocalSqs.take(client, strict.url())).as("moved instead").isEmpty();
        DeadLetters moved = DeadLetters.of(client, strict.deadLetters());

        assertThat(moved.list(1)).extracting(DeadLetter::reason).containsExactly(DeadLetter.REDRIVE_POLICY);
        assertThat(moved.redrive(letter -> true, 10).moved()).isEqualTo(1);

        Message back = LocalSqs.take(client, strict.url()).get(0);
        ReceivedMessage before = new ReceivedMessage(first, Instant.now());
        assertThat(new ReceivedMessage(back, Instant.now()).attribute(MessageHandler.KEY_ATTRIBUTE))
                .isEqualTo(MessageKey.of(before, arn(strict.url())).value());
    }

    @Test
    void aSettingOutOfItsRangeIsRefused() {
        Redrive redrive = Redrive.of(letter -> true);

        assertThatThrownBy(() -> redrive.rate(0)).hasMessage("rate is 0.0: 0.1 to 1000 a second is needed");
        assertThatThrownBy(() -> redrive.rate(Double.NaN)).hasMessageStartingWith("rate is NaN");
        assertThatThrownBy(() -> redrive.max(0)).hasMessage("max is 0: 1 to 1000000 is needed");
        assertThatThrownBy(() -> redrive.to(" ")).hasMessage("queueUrl is empty");
        assertThatThrownBy(() -> DeadLetters.of(client, "")).hasMessage("deadLetterQueueUrl is empty");
    }
}
