package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import io.mailrouter.EmailService;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;

class LambdaSettingsTest {

    private final EmailService emails =
            EmailService.builder().provider(FakeProvider.accepting()).build();

    @AfterEach
    void close() {
        emails.close();
    }

    private SqsEmailLambdaHandlerBuilder builder() {
        return SqsEmailLambdaHandler.builder(emails);
    }

    private void refused(UnaryOperator<SqsEmailLambdaHandlerBuilder> change, String... words) {
        assertThatThrownBy(() -> change.apply(builder()).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void refusesWhatIsOutOfItsRange() {
        refused(b -> b.concurrency(0), "concurrency is 0", "1 to 1000");
        refused(b -> b.maxAttempts(0), "maxAttempts is 0", "1 to 1000");
        refused(b -> b.backoffBase(Duration.ZERO), "backoffBase is PT0S");
        refused(b -> b.backoffMax(Duration.ofHours(12)), "backoffMax is PT12H");
        refused(b -> b.backoffBase(Duration.ofHours(1)), "backoffBase is PT1H", "backoffMax");
        refused(b -> b.maxBodyBytes(0), "maxBodyBytes is 0");
        refused(b -> b.maxPayloadBytes(0), "maxPayloadBytes is 0");
        refused(b -> b.deadLetterQueue(" "), "deadLetterQueue is empty");
        refused(b -> b.deadLetterQueue("https://sqs/1/dead"), "deadLetterQueue needs a client");
        refused(b -> b.metrics("a b"), "metrics needs a namespace");
    }

    @Test
    void refusesToSendAgainWhatMayHaveBeenSent() {
        assertThatThrownBy(() -> builder().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("client(...)", "idempotency store", "onUnknown(DELETE)", "onRejected(DELETE)");
        assertThatThrownBy(() -> builder().onUnknown(Handling.DELETE).build())
                .isInstanceOf(IllegalStateException.class);
        assertThat(builder()
                        .onUnknown(Handling.DELETE)
                        .onRejected(Handling.DELETE)
                        .build())
                .isNotNull();
    }

    @Test
    void worksOnAsManyMessagesAtATimeAsItIsTold() {
        CyclicBarrier three = new CyclicBarrier(3);
        Queue<String> threads = new ConcurrentLinkedQueue<>();
        SqsEmailLambdaHandler handler = builder()
                .onUnknown(Handling.DELETE)
                .onRejected(Handling.DELETE)
                .concurrency(3)
                .sending(email -> {
                    threads.add(Thread.currentThread().getName());
                    try {
                        three.await(90, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return emails.trySend(email);
                })
                .build();

        assertThat(LambdaEvents.failed(handler.handleRequest(
                        LambdaEvents.emails("a", "b", "c", "d", "e", "f"), LambdaEvents.TimeLeft.plenty())))
                .as("six messages pass a barrier of three")
                .isEmpty();
        assertThat(threads.stream().distinct()).hasSize(3).allMatch(name -> name.startsWith("mailrouter-sqs-lambda-"));
    }

    @Test
    void followsItsRules() {
        SqsEmailLambdaHandler handler = builder()
                .onUnknown(Handling.DELETE)
                .onRejected(Handling.DELETE)
                .onMalformed(Handling.DELETE)
                .maxBodyBytes(200)
                .build();
        String stale = LocalSqs.body("stale").replace("\"v\":1", "\"v\":1,\"notAfter\":\"2020-01-01T00:00:00Z\"");

        assertThat(LambdaEvents.failed(handler.handleRequest(
                        LambdaEvents.event(
                                LambdaEvents.entry("long", LocalSqs.body("x".repeat(300))),
                                LambdaEvents.entry("junk", "junk"),
                                LambdaEvents.entry("stale", stale)),
                        LambdaEvents.TimeLeft.plenty())))
                .as("malformed and stale messages are deleted")
                .isEmpty();
    }

    @Test
    @DisplayName(
            "Q4 a message has the key that a consumer would give it; where the producer's is required, it is malformed")
    void findsTheKeyOfAMessageAsAConsumerDoes() {
        Queue<String> keys = new ConcurrentLinkedQueue<>();
        SqsEmailLambdaHandlerBuilder builder = builder()
                .onUnknown(Handling.DELETE)
                .onRejected(Handling.DELETE)
                .onMalformed(Handling.DELETE)
                .sending(email -> {
                    keys.add(email.idempotencyKey());
                    return emails.trySend(email);
                });
        SQSEvent event = LambdaEvents.emails("m-1");

        builder.build().handleRequest(event, LambdaEvents.TimeLeft.plenty());
        builder.requireExplicitKey(true).build().handleRequest(event, LambdaEvents.TimeLeft.plenty());

        ReceivedMessage received =
                new ReceivedMessage(Message.builder().messageId("m-1").build(), Instant.EPOCH);
        assertThat(keys)
                .containsExactly(MessageKey.of(received, LambdaEvents.ARN).value());
    }
}
