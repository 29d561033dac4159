package io.mailrouter.sqs;

import java.util.function.Consumer;
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

/** Asks through a client that blocks. An interrupt ends a call, as the SDK has it. */
record BlockingCalls(SqsClient client) implements SqsCalls {

    @Override
    public ReceiveMessageResponse receive(Consumer<ReceiveMessageRequest.Builder> request) {
        return client.receiveMessage(request);
    }

    @Override
    public DeleteMessageBatchResponse delete(Consumer<DeleteMessageBatchRequest.Builder> request) {
        return client.deleteMessageBatch(request);
    }

    @Override
    public ChangeMessageVisibilityBatchResponse changeVisibility(
            Consumer<ChangeMessageVisibilityBatchRequest.Builder> request) {
        return client.changeMessageVisibilityBatch(request);
    }

    @Override
    public SendMessageResponse send(Consumer<SendMessageRequest.Builder> request) {
        return client.sendMessage(request);
    }

    @Override
    public GetQueueAttributesResponse attributes(Consumer<GetQueueAttributesRequest.Builder> request) {
        return client.getQueueAttributes(request);
    }

    @Override
    public GetQueueUrlResponse url(Consumer<GetQueueUrlRequest.Builder> request) {
        return client.getQueueUrl(request);
    }
}
