package io.mailrouter.sqs;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResponse;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageResponse;

/**
 * Asks through a client that does not block, and waits for its answers. Nothing is ever cancelled: a poll that is cut off
 * may take messages along, so its answer is waited for whatever interrupts come. Any other call is left to end by itself
 * when its thread is interrupted.
 */
record AsyncCalls(SqsAsyncClient client) implements SqsCalls {

    @Override
    public ReceiveMessageResponse receive(Consumer<ReceiveMessageRequest.Builder> request) {
        return answerInAnyCase(client.receiveMessage(request));
    }

    @Override
    public DeleteMessageBatchResponse delete(Consumer<DeleteMessageBatchRequest.Builder> request) {
        return answer(client.deleteMessageBatch(request));
    }

    @Override
    public ChangeMessageVisibilityBatchResponse changeVisibility(
            Consumer<ChangeMessageVisibilityBatchRequest.Builder> request) {
        return answer(client.changeMessageVisibilityBatch(request));
    }

    @Override
    public SendMessageResponse send(Consumer<SendMessageRequest.Builder> request) {
        return answer(client.sendMessage(request));
    }

    @Override
    public GetQueueAttributesResponse attributes(Consumer<GetQueueAttributesRequest.Builder> request) {
        return answer(client.getQueueAttributes(request));
    }

    @Override
    public GetQueueUrlResponse url(Consumer<GetQueueUrlRequest.Builder> request) {
        return answer(client.getQueueUrl(request));
    }

    private static <T> T answer(CompletableFuture<T> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw AbortedException.create("interrupted while a call to the queue was under way", e);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        }
    }

    /** The client's own time limit ends the wait, and an interrupt is kept for later. */
    private static <T> T answerInAnyCase(CompletableFuture<T> call) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return call.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unwrapped(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What the SDK threw, as a client that blocks would have. */
    private static RuntimeException unwrapped(ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException failure
                ? failure
                : SdkClientException.create("a call to the queue failed", cause);
    }
}
