package io.mailrouter.sqs;

import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;

/** Takes copies of messages that nobody can send, body and attributes as they were, with a note of why. */
final class DeadLetterQueue {

    private static final int MAX_ATTRIBUTES = 10;

    private final SqsClient client;
    private final String url;

    DeadLetterQueue(SqsClient client, String url) {
        this.client = client;
        this.url = url;
    }

    /**
     * Sends a copy. Blocks for one call and throws the SDK's exception when it fails.
     *
     * <p>A message that has ten attributes of its own keeps them and goes without the note, for there is no room.
     */
    void send(Message message, String note) {
        Map<String, MessageAttributeValue> attributes = new HashMap<>(message.messageAttributes());
        if (attributes.size() < MAX_ATTRIBUTES || attributes.containsKey(DeadLetterNote.ATTRIBUTE)) {
            attributes.put(DeadLetterNote.ATTRIBUTE, text(note));
        }
        Map<MessageSystemAttributeNameForSends, MessageSystemAttributeValue> system = new HashMap<>();
        String trace = message.attributes().get(MessageSystemAttributeName.AWS_TRACE_HEADER);
        if (trace != null) {
            system.put(
                    MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                    MessageSystemAttributeValue.builder()
                            .dataType("String")
                            .stringValue(trace)
                            .build());
        }
        client.sendMessage(r -> r.queueUrl(url)
                .messageBody(message.body())
                .messageAttributes(attributes)
                .messageSystemAttributes(system)
                .overrideConfiguration(SqsQueue::limited));
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }
}
