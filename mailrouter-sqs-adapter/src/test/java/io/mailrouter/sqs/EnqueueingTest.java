package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Email;
import io.mailrouter.email.Template;
import io.mailrouter.sqs.EnqueueResult.Enqueued;
import io.mailrouter.sqs.EnqueueResult.NotEnqueued;
import io.mailrouter.sqs.message.EmailMessages;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Batches, against a queue that refuses what it is told to. */
class EnqueueingTest {

    private static final String STANDARD = "https://sqs.eu-west-1.amazonaws.com/123456789012/emails";

    private static Email email(String subject) {
        return Email.builder()
                .from("a@example.com")
                .to("b@example.org")
                .subject(subject)
                .text("t")
                .idempotencyKey("key-" + subject)
                .build();
    }

    private static List<Email> emails(String... subjects) {
        return List.of(subjects).stream().map(EnqueueingTest::email).toList();
    }

    private static String subject(String body) {
        return EmailMessages.upToDefaultSize().read(body).subject();
    }

    private static SqsEmailQueue queue(FakeBatchClient client, UnaryOperator<SqsEmailQueueBuilder> change) {
        return change.apply(SqsEmailQueue.builder(client, STANDARD)).build();
    }

    @Test
    void triesAgainWhatTheQueueDidNotTakeForNoFaultOfTheMessage() {
        Map<String, Integer> asked = new HashMap<>();
        FakeBatchClient client =
                new FakeBatchClient(body -> subject(body).equals("b") && asked.merge("b", 1, Integer::sum) <= 2
                        ? new FakeBatchClient.No("InternalError", false)
                        : null);

        List<EnqueueResult> results = queue(client, b -> b).sendAll(emails("a", "b", "c"));

        assertThat(results).allMatch(Enqueued.class::isInstance);
        assertThat(results).extracting(EnqueueResult::idempotencyKey).containsExactly("key-a", "key-b", "key-c");
        assertThat(client.calls()).extracting(List::size).containsExactly(3, 1, 1);
        assertThat(client.taken().stream().map(EnqueueingTest::subject)).containsExactly("a", "c", "b");
    }

    @Test
    void triesAgainAsOftenAsItIsSet() {
        FakeBatchClient client = new FakeBatchClient(body -> new FakeBatchClient.No("InternalError", false));

        List<EnqueueResult> none = queue(client, b -> b.retries(0)).sendAll(emails("a"));
        List<EnqueueResult> five = queue(client, b -> b.retries(5)).sendAll(emails("a"));

        assertThat(client.calls()).hasSize(1 + 6);
        assertThat(none).isEqualTo(five);
        assertThat(none.get(0)).isInstanceOfSatisfying(NotEnqueued.class, result -> {
            assertThat(result.code()).isEqualTo("InternalError");
            assertThat(result.senderFault()).isFalse();
            assertThat(result.idempotencyKey()).isEqualTo("key-a");
        });
    }

    @Test
    void doesNotTryAgainWhatIsTheSendersFault() {
        FakeBatchClient client = new FakeBatchClient(
                body -> subject(body).equals("b") ? new FakeBatchClient.No("InvalidMessageContents", true) : null);

        List<EnqueueResult> results = queue(client, b -> b).sendAll(emails("a", "b"));

        assertThat(client.calls()).hasSize(1);
        assertThat(results.get(0)).isInstanceOf(Enqueued.class);
        assertThat(((NotEnqueued) results.get(1)).senderFault()).isTrue();
    }

    @Test
    void anEmailThatCannotBeCarriedDoesNotKeepTheOthersBack() {
        FakeBatchClient client = new FakeBatchClient(body -> null);
        Email template = email("t").toBuilder()
                .text("")
                .template(new Template("t", Map.of()))
                .build();

        List<EnqueueResult> results = queue(client, b -> b).sendAll(List.of(email("a"), template, email("c")));

        assertThat(results.get(1)).isInstanceOfSatisfying(NotEnqueued.class, result -> {
            assertThat(result.code()).isEqualTo("refused");
            assertThat(result.reason()).isEqualTo("template is set: a queue message does not carry it");
            assertThat(result.senderFault()).isTrue();
        });
        assertThat(client.taken().stream().map(EnqueueingTest::subject)).containsExactly("a", "c");
    }

    @Test
    void aCallHoldsTenMessagesAndNoMoreBytesThanAreAllowed() {
        FakeBatchClient byCount = new FakeBatchClient(body -> null);
        FakeBatchClient bySize = new FakeBatchClient(body -> null);
        List<Email> many = IntStream.range(0, 25).mapToObj(i -> email("s" + i)).toList();
        List<Email> larger = many.stream()
                .map(email -> email.toBuilder().text("t".repeat(300)).build())
                .toList();

        queue(byCount, b -> b).sendAll(many);
        queue(bySize, b -> b.maxBodyBytes(1_024).maxBatchBytes(1_024)).sendAll(larger);

        assertThat(byCount.calls()).extracting(List::size).containsExactly(10, 10, 5);
        assertThat(bySize.calls())
                .extracting(List::size)
                .startsWith(2, 2)
                .endsWith(2, 1)
                .hasSize(13);
        assertThat(bySize.taken())
                .isEqualTo(larger.stream().map(EmailMessages::write).toList());
    }

    @Test
    void afterACallThatFailedAsAWholeTheRestIsNotTried() {
        FakeBatchClient client = new FakeBatchClient(body -> {
            throw SdkClientException.create("connection reset");
        });
        List<Email> many = IntStream.range(0, 25).mapToObj(i -> email("s" + i)).toList();

        List<EnqueueResult> results = queue(client, b -> b).sendAll(many);

        assertThat(client.calls()).hasSize(1);
        assertThat(results).hasSize(25);
        assertThat(((NotEnqueued) results.get(0)).code()).isEqualTo("SdkClientException");
        assertThat(((NotEnqueued) results.get(24)).code()).isEqualTo("not_tried");
        assertThat(results.get(24).idempotencyKey()).isEqualTo("key-s24");
    }

    @Test
    void theKeysReachTheCallerWhateverTheClientThrows() {
        FakeBatchClient client = new FakeBatchClient(body -> {
            if (subject(body).equals("s10")) {
                throw new IllegalStateException("connection pool shut down");
            }
            return null;
        });
        List<Email> many = IntStream.range(0, 21).mapToObj(i -> email("s" + i)).toList();

        List<EnqueueResult> results = queue(client, b -> b).sendAll(many);

        assertThat(results.subList(0, 10)).allMatch(Enqueued.class::isInstance);
        assertThat(((NotEnqueued) results.get(10)).code()).isEqualTo("IllegalStateException");
        assertThat(((NotEnqueued) results.get(20)).code()).isEqualTo("not_tried");
        assertThat(results)
                .extracting(EnqueueResult::idempotencyKey)
                .isEqualTo(many.stream().map(Email::idempotencyKey).toList());
    }

    @Test
    void nothingIsSentWhenTheOptionsOfALaterEmailThrow() {
        FakeBatchClient client = new FakeBatchClient(body -> null);
        List<Email> many = IntStream.range(0, 25).mapToObj(i -> email("s" + i)).toList();

        assertThatThrownBy(() -> queue(client, b -> b).sendAll(many, email -> {
                    if (email.subject().equals("s24")) {
                        throw new IllegalArgumentException("no tenant");
                    }
                    return MessageOptions.none();
                }))
                .hasMessage("no tenant");
        assertThat(client.calls()).isEmpty();
    }

    @Test
    void aMessageThatTheAnswerDoesNotNameHasAResultOfItsOwn() {
        FakeBatchClient client =
                new FakeBatchClient(body -> null, body -> subject(body).equals("b"));

        List<EnqueueResult> results = queue(client, b -> b).sendAll(emails("a", "b", "c"));

        assertThat(results).extracting(EnqueueResult::idempotencyKey).containsExactly("key-a", "key-b", "key-c");
        assertThat(results.get(1)).isInstanceOfSatisfying(NotEnqueued.class, result -> {
            assertThat(result.code()).isEqualTo("not_answered");
            assertThat(result.senderFault()).isFalse();
        });
        assertThat(client.calls()).hasSize(1);
    }

    @Test
    void inAFifoQueueALaterMessageOfAGroupNeverOvertakesAnEarlierOne() {
        Map<String, Integer> asked = new HashMap<>();
        FakeBatchClient client = new FakeBatchClient(body -> switch (subject(body)) {
            case "a1" ->
                asked.merge("a1", 1, Integer::sum) == 1 ? new FakeBatchClient.No("InternalError", false) : null;
            case "b1" -> new FakeBatchClient.No("InternalError", false);
            default -> null;
        });
        SqsEmailQueue queue = SqsEmailQueue.builder(client, STANDARD + ".fifo").build();

        List<EnqueueResult> results = queue.sendAll(
                emails("a1", "b1", "a2", "b2", "c1"),
                email -> MessageOptions.builder()
                        .group(email.subject().substring(0, 1))
                        .build());

        assertThat(client.taken().stream().map(EnqueueingTest::subject)).containsExactly("a1", "a2", "c1");
        assertThat(((NotEnqueued) results.get(1)).code()).isEqualTo("InternalError");
        assertThat(((NotEnqueued) results.get(3)).code()).isEqualTo("earlier_of_group_failed");
    }

    @Test
    void aSettingOutOfItsRangeIsRefused() {
        SqsEmailQueueBuilder builder = SqsEmailQueue.builder(new FakeBatchClient(body -> null), STANDARD);

        assertThatThrownBy(() -> builder.maxBodyBytes(1_023))
                .hasMessage("maxBodyBytes is 1023: 1024 to 1048576 is needed");
        assertThatThrownBy(() -> builder.maxBatchBytes(2 << 20))
                .hasMessage("maxBatchBytes is 2097152: 1024 to 1048576 is needed");
        assertThatThrownBy(() -> builder.maxPayloadBytes(0))
                .hasMessage("maxPayloadBytes is 0: 1 to 268435456 is needed");
        assertThatThrownBy(() -> builder.retries(6)).hasMessage("retries is 6: 0 to 5 is needed");
        assertThatThrownBy(() -> builder.maxBatchBytes(2_048).build())
                .hasMessage("maxBodyBytes is 1048576: at most maxBatchBytes, which is 2048, is allowed");
        assertThatThrownBy(() -> SqsEmailQueue.builder(new FakeBatchClient(body -> null), " "))
                .hasMessage("queueUrl is empty");
    }

    @Test
    void aResultShowsNoKey() {
        assertThat(new Enqueued("m-1", "canary")).hasToString("Enqueued[m-1]");
        assertThat(new NotEnqueued("code", "reason", true, "canary")).hasToString("NotEnqueued[code]");
    }
}
