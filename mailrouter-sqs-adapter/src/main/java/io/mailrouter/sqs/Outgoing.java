package io.mailrouter.sqs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;

/**
 * A message on its way into a queue.
 *
 * @param index its place among those that the caller gave
 * @param key the idempotency key that its body names
 * @param deduplicationId for a FIFO queue only
 */
record Outgoing(int index, String key, String body, MessageOptions options, Optional<String> deduplicationId) {

    /** As the queue counts them; a trace header is free. */
    int bytes() {
        return body.getBytes(StandardCharsets.UTF_8).length;
    }

    SendMessageRequest request(String queueUrl) {
        SendMessageRequest.Builder request = SendMessageRequest.builder()
                .queueUrl(queueUrl)
                .messageBody(body)
                .messageSystemAttributes(system())
                .overrideConfiguration(SqsQueue::limited);
        options.delay().ifPresent(delay -> request.delaySeconds((int) delay.toSeconds()));
        options.group().ifPresent(request::messageGroupId);
        deduplicationId.ifPresent(request::messageDeduplicationId);
        return request.build();
    }

    SendMessageBatchRequestEntry entry(int id) {
        SendMessageBatchRequestEntry.Builder entry = SendMessageBatchRequestEntry.builder()
                .id(String.valueOf(id))
                .messageBody(body)
                .messageSystemAttributes(system());
        options.delay().ifPresent(delay -> entry.delaySeconds((int) delay.toSeconds()));
        options.group().ifPresent(entry::messageGroupId);
        deduplicationId.ifPresent(entry::messageDeduplicationId);
        return entry.build();
    }

    private Map<MessageSystemAttributeNameForSends, MessageSystemAttributeValue> system() {
        return options.traceHeader()
                .map(header -> Map.of(
                        MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                        MessageSystemAttributeValue.builder()
                                .dataType("String")
                                .stringValue(header)
                                .build()))
                .orElse(Map.of());
    }
}
