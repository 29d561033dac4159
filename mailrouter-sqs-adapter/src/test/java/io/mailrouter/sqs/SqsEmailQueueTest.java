package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.mailrouter.EmailService;
import io.mailrouter.email.Email;
import io.mailrouter.idempotency.InMemoryIdempotencyStore;
import io.mailrouter.sqs.EnqueueResult.Enqueued;
import io.mailrouter.sqs.EnqueueResult.NotEnqueued;
import io.mailrouter.sqs.message.EmailMessages;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Emails put into queues over the real wire. */
@Execution(ExecutionMode.CONCURRENT)
class SqsEmailQueueTest {

    @RegisterExtension
    static final LocalSqs SQS = new LocalSqs();

    private static final Duration LONG = Duration.ofSeconds(90);

    private final SqsClient client = SQS.client();
    private final LocalSqs.Queues queues = SQS.queues(client, 100);
    private final FakeProvider provider = FakeProvider.accepting();

    private static Email email(String subject) {
        return Email.builder()
                .from("a@example.com")
                .to("ada@example.org")
                .subject(subject)
                .text("Hello")
                .build();
    }

    private SqsEmailQueue queue() {
        return SqsEmailQueue.builder(client, queues.url()).build();
    }

    private String fifo() {
        return client.createQueue(r -> r.queueName("q-" + UUID.randomUUID() + ".fifo")
                        .attributes(Map.of(QueueAttributeName.FIFO_QUEUE, "true")))
                .queueUrl();
    }

    @Test
    void everyMessageNamesAKeyAndTheCallerGetsItBack() {
        Enqueued first = queue().send(email("a"));
        Enqueued second =
                queue().send(email("b").toBuilder().idempotencyKey("order-42").build());

        List<Message> messages = LocalSqs.take(client, queues.url());
        EmailMessages reader = EmailMessages.upToDefaultSize();
        assertThat(first.idempotencyKey()).hasSize(36);
        assertThat(second.idempotencyKey()).isEqualTo("order-42");
        assertThat(messages)
                .extracting(Message::messageId, m -> reader.read(m.body()).idempotencyKey())
                .containsExactlyInAnyOrder(
                        tuple(first.messageId(), first.idempotencyKey()), tuple(second.messageId(), "order-42"));
    }

    @Test
    void whatIsPutIntoTheQueueTwiceIsSentOnce() {
        List<Email> emails =
                IntStream.range(0, 15).mapToObj(i -> email("s" + i)).toList();
        List<EnqueueResult> results = queue().sendAll(emails);
        Email again = emails.get(3).toBuilder()
                .idempotencyKey(results.get(3).idempotencyKey())
                .build();
        queue().send(again);

        drain(SqsEmailConsumer.builder(service(), client, queues.url()));

        assertThat(provider.sent())
                .containsExactlyInAnyOrderElementsOf(
                        emails.stream().map(Email::subject).toList());
    }

    @Test
    void anInterruptEndsItEarlyWithAResultForEachAndTheFlagStays() {
        List<Email> emails =
                IntStream.range(0, 15).mapToObj(i -> email("s" + i)).toList();

        Thread.currentThread().interrupt();
        List<EnqueueResult> results = queue().sendAll(emails);
        boolean flag = Thread.interrupted();

        assertThat(flag).isTrue();
        assertThat(results).hasSize(15).allMatch(EnqueueResult.NotEnqueued.class::isInstance);
        assertThat(((EnqueueResult.NotEnqueued) results.get(14)).code()).isEqualTo("not_tried");
        assertThat(LocalSqs.size(client, queues.url())).isZero();
    }

    private EmailService service() {
        return EmailService.builder()
                .provider(provider)
                .idempotency(InMemoryIdempotencyStore.builder().build())
                .build();
    }

    private void drain(SqsEmailConsumerBuilder builder) {
        SqsEmailConsumer consumer = builder.waitTime(Duration.ofSeconds(1)).build();
        try (consumer) {
            consumer.start();
            assertThat(consumer.awaitDrained(LONG)).isTrue();
        } finally {
            builder.emails.close();
        }
    }

    @Test
    @DisplayName("X12 a delay that the queue does not keep is refused, and one that it keeps is kept")
    void neverComesEarly() {
        MessageOptions.Builder options = MessageOptions.builder();

        assertThatThrownBy(() -> options.delay(Duration.ofSeconds(901)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("delay is PT15M1S: PT0S to PT15M is needed");
        assertThatThrownBy(() -> options.delay(Duration.ofMillis(1_500)))
                .hasMessage("delay is PT1.5S: whole seconds are needed");
        assertThatThrownBy(() -> options.delay(Duration.ofSeconds(-1))).hasMessageStartingWith("delay is PT-1S");

        queue().send(email("late"), options.delay(Duration.ofSeconds(900)).build());
        queue().sendAll(List.of(email("later")), email -> options.build());

        assertThat(LocalSqs.take(client, queues.url())).isEmpty();
        assertThat(client.getQueueAttributes(r -> r.queueUrl(queues.url())
                                .attributeNames(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED))
                        .attributes()
                        .values())
                .containsExactly("2");
    }

    @Test
    void aGroupAndATraceTravelWithTheMessage() {
        String trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
        String url = fifo();
        MessageOptions options =
                MessageOptions.builder().group("tenant-7").traceHeader(trace).build();

        SqsEmailQueue.builder(client, url).build().send(email("a"), options);

        Message message = LocalSqs.take(client, url).get(0);
        assertThat(message.attributes())
                .containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "tenant-7")
                .containsEntry(MessageSystemAttributeName.AWS_TRACE_HEADER, trace);
    }

    @Test
    void aFifoQueueTakesAKeyOnceUnlessAnotherIdIsGiven() {
        SqsEmailQueue queue = SqsEmailQueue.builder(client, fifo()).build();
        MessageOptions one = MessageOptions.builder().group("g").build();
        MessageOptions other =
                MessageOptions.builder().group("g").deduplicationId("again").build();
        Email plain = email("a").toBuilder().idempotencyKey("order-42").build();
        Email special = email("b").toBuilder()
                .idempotencyKey("order ü " + "x".repeat(150))
                .build();

        Enqueued first = queue.send(plain, one);

        assertThat(queue.send(plain, one).messageId()).isEqualTo(first.messageId());
        assertThat(queue.send(plain, other).messageId()).isNotEqualTo(first.messageId());
        assertThat(queue.send(special, one).messageId())
                .isEqualTo(queue.send(special, one).messageId())
                .isNotEqualTo(first.messageId());
    }

    @Test
    void anOptionThatTheQueueDoesNotTakeIsRefused() {
        SqsEmailQueue fifo =
                SqsEmailQueue.builder(client, queues.url() + ".fifo").build();

        assertThatThrownBy(() -> fifo.send(email("a")))
                .hasMessageStartingWith("group is not set: a FIFO queue needs one");
        assertThatThrownBy(() -> fifo.send(
                        email("a"),
                        MessageOptions.builder().group("g").delay(Duration.ZERO).build()))
                .hasMessage("delay is set: a FIFO queue takes none for a message");
        assertThatThrownBy(() -> queue().send(
                                email("a"),
                                MessageOptions.builder().deduplicationId("d").build()))
                .hasMessage("deduplicationId is set: a standard queue takes none");
        assertThatThrownBy(() -> MessageOptions.builder().group("tenant 7"))
                .hasMessageStartingWith("group needs 1 to 128");
        assertThatThrownBy(() -> MessageOptions.builder().traceHeader("a\nb"))
                .hasMessageStartingWith("traceHeader needs");
    }

    @Test
    void aBodyOverTheLimitIsRefusedWithItsSizeAndTheLimit() {
        SqsEmailQueue queue =
                SqsEmailQueue.builder(client, queues.url()).maxBodyBytes(2_048).build();
        Email large = email("a").toBuilder().text("ä".repeat(2_000)).build();

        assertThatThrownBy(() -> queue.send(large))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("body has 4\\d{3} bytes: at most 2048 are allowed;"
                        + " attach less, or give the queue a payload store");
        assertThat(((NotEnqueued) queue.sendAll(List.of(large)).get(0)).reason())
                .startsWith("body has 4");
        assertThat(LocalSqs.size(client, queues.url())).isZero();
    }

    @Test
    void aBodyOverTheLimitTravelsThroughAPayloadStore() {
        Shelf shelf = new Shelf();
        SqsEmailQueue queue = SqsEmailQueue.builder(client, queues.url())
                .maxBodyBytes(2_048)
                .payloads(shelf)
                .maxPayloadBytes(100_000)
                .build();
        Email large = email("large").toBuilder().text("t".repeat(50_000)).build();

        queue.send(large);
        queue.send(email("small"));

        assertThatThrownBy(() -> queue.send(
                        email("a").toBuilder().text("t".repeat(100_000)).build()))
                .hasMessageMatching("body has 100\\d{3} bytes: at most 100000 are allowed for a payload");
        assertThat(shelf.size()).isEqualTo(1);
        drain(SqsEmailConsumer.builder(service(), client, queues.url())
                .maxBodyBytes(2_048)
                .payloads(shelf)
                .maxPayloadBytes(100_000));
        assertThat(provider.sent()).containsExactlyInAnyOrder("large", "small");
    }

    @Test
    void aPayloadThatCannotBeFetchedGoesBackAndNoReceiveCountsAgainstIt() {
        Shelf shelf = new Shelf();
        SqsEmailQueue.builder(client, queues.url())
                .maxBodyBytes(1_024)
                .payloads(shelf)
                .build()
                .send(email("large").toBuilder().text("t".repeat(2_000)).build());
        shelf.broken = true;
        Queue<QueueEvent> events = new ConcurrentLinkedQueue<>();
        SqsEmailConsumer consumer = SqsEmailConsumer.builder(service(), client, queues.url())
                .waitTime(Duration.ofSeconds(1))
                .backoffBase(Duration.ofSeconds(1))
                .backoffMax(Duration.ofSeconds(1))
                .maxAttempts(1)
                .payloads(shelf)
                .listener(events::add)
                .build();

        try (consumer) {
            consumer.start();
            await().atMost(LONG)
                    .until(() -> events.stream()
                                    .filter(QueueEvent.Returned.class::isInstance)
                                    .count()
                            >= 2);
            shelf.broken = false;
            assertThat(consumer.awaitDrained(LONG)).isTrue();
        }

        assertThat(provider.sent()).containsExactly("large");
        assertThat(events)
                .filteredOn(QueueEvent.Returned.class::isInstance)
                .allMatch(event -> ((QueueEvent.Returned) event).code().equals("payload_unavailable"));
    }

    @Test
    void aMessageThatStandsForAPayloadIsDeadLetteredWhereNoStoreIsSetOrThePayloadIsTooLarge() {
        Shelf shelf = new Shelf();
        SqsEmailQueue.builder(client, queues.url())
                .maxBodyBytes(1_024)
                .payloads(shelf)
                .build()
                .sendAll(List.of(
                        email("large").toBuilder().text("t".repeat(2_000)).build()));

        drain(SqsEmailConsumer.builder(service(), client, queues.url()));
        String pointer = LocalSqs.take(client, queues.deadLetters()).get(0).body();
        LocalSqs.fill(client, queues.url(), List.of(pointer));
        drain(SqsEmailConsumer.builder(service(), client, queues.url())
                .payloads(shelf)
                .maxPayloadBytes(1_500));

        assertThat(provider.asked()).isZero();
        assertThat(LocalSqs.take(client, queues.deadLetters())
                        .get(0)
                        .messageAttributes()
                        .get(DeadLetterNote.ATTRIBUTE)
                        .stringValue())
                .contains("\"code\":\"too_large\"");
    }

    @Test
    void aFailureGivesTheKeyBackForAnotherTry() {
        Shelf shelf = new Shelf();
        shelf.broken = true;
        Email large = email("a").toBuilder().text("t".repeat(2_000)).build();
        SqsEmailQueue missing =
                SqsEmailQueue.builder(client, queues.url() + "-none").build();
        SqsEmailQueue broken = SqsEmailQueue.builder(client, queues.url())
                .maxBodyBytes(1_024)
                .payloads(shelf)
                .build();

        EnqueueException noQueue = catchThrowableOfType(EnqueueException.class, () -> missing.send(email("a")));
        EnqueueException noStore = catchThrowableOfType(EnqueueException.class, () -> broken.send(large));

        assertThat(noQueue.result().idempotencyKey()).hasSize(36);
        assertThat(noQueue.result().senderFault()).isTrue();
        assertThat(noQueue).hasMessageContaining("QueueDoesNotExist");
        assertThat(noStore.result().code()).isEqualTo("payload_not_kept");
        assertThat(((NotEnqueued) broken.sendAll(List.of(large)).get(0)).code()).isEqualTo("payload_not_kept");
    }
}
