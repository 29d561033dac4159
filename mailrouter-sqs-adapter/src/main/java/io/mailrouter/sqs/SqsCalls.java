package io.mailrouter.sqs;

import java.util.function.Consumer;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.SqsClient;
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
 * What is asked of Amazon SQS, through whichever client the application has. Each call blocks until it has been
 * answered, and throws the SDK's exception when it fails.
 */
interface SqsCalls {

    ReceiveMessageResponse receive(Consumer<ReceiveMessageRequest.Builder> request);

    DeleteMessageBatchResponse delete(Consumer<DeleteMessageBatchRequest.Builder> request);

    ChangeMessageVisibilityBatchResponse changeVisibility(
            Consumer<ChangeMessageVisibilityBatchRequest.Builder> request);

    SendMessageResponse send(Consumer<SendMessageRequest.Builder> request);

    GetQueueAttributesResponse attributes(Consumer<GetQueueAttributesRequest.Builder> request);

    GetQueueUrlResponse url(Consumer<GetQueueUrlRequest.Builder> request);

    static SqsCalls of(SqsClient client) {
        return new BlockingCalls(client);
    }

    static SqsCalls of(SqsAsyncClient client) {
        return new AsyncCalls(client);
    }
}
