package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

class AsyncCallsTest {

    private final CompletableFuture<ReceiveMessageResponse> poll = new CompletableFuture<>();
    private final CompletableFuture<DeleteMessageBatchResponse> delete = new CompletableFuture<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final SqsCalls calls = SqsCalls.of(new SqsAsyncClient() {
        @Override
        public CompletableFuture<ReceiveMessageResponse> receiveMessage(Consumer<ReceiveMessageRequest.Builder> r) {
            asked.countDown();
            return poll;
        }

        @Override
        public CompletableFuture<DeleteMessageBatchResponse> deleteMessageBatch(
                Consumer<DeleteMessageBatchRequest.Builder> r) {
            asked.countDown();
            return delete;
        }

        @Override
        public String serviceName() {
            return "sqs";
        }

        @Override
        public void close() {}
    });

    @Test
    void aPollIsWaitedForWhateverInterruptsComeAndNeverCancelled() throws Exception {
        AtomicReference<ReceiveMessageResponse> answer = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        Thread poller = new Thread(() -> {
            answer.set(calls.receive(r -> {}));
            flag.set(Thread.currentThread().isInterrupted());
        });
        poller.start();
        assertThat(asked.await(90, TimeUnit.SECONDS)).isTrue();

        poller.interrupt();
        poller.join(200);
        assertThat(poll).isNotDone();
        assertThat(poller.isAlive()).isTrue();
        poll.complete(ReceiveMessageResponse.builder()
                .messages(Message.builder().messageId("m").build())
                .build());
        poller.join(30_000);

        assertThat(answer.get().messages()).hasSize(1);
        assertThat(flag).hasValue(true);
    }

    @Test
    void anyOtherCallIsLeftToItselfWhenItsThreadIsInterrupted() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>(false);
        Thread deleter = new Thread(() -> {
            try {
                calls.delete(r -> {});
            } catch (RuntimeException e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        deleter.start();
        assertThat(asked.await(90, TimeUnit.SECONDS)).isTrue();

        deleter.interrupt();
        deleter.join(30_000);

        assertThat(thrown.get()).isInstanceOf(AbortedException.class);
        assertThat(flag).hasValue(true);
        assertThat(delete).isNotDone();
    }

    @Test
    void aFailureIsThrownAsAClientThatBlocksWould() {
        poll.completeExceptionally(QueueDoesNotExistException.builder().build());
        delete.completeExceptionally(new java.io.IOException("made up"));

        assertThatThrownBy(() -> calls.receive(r -> {})).isInstanceOf(QueueDoesNotExistException.class);
        assertThatThrownBy(() -> calls.delete(r -> {}))
                .isInstanceOf(SdkClientException.class)
                .hasRootCauseMessage("made up");
    }

    @Test
    void anErrorStaysOne() {
        poll.completeExceptionally(new OutOfMemoryError("made up"));

        assertThatThrownBy(() -> calls.receive(r -> {})).isInstanceOf(OutOfMemoryError.class);
    }
}
