package io.mailrouter.sqs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;
import software.amazon.awssdk.services.sqs.model.SqsException;

/** Takes copies of messages that nobody can send, body and attributes as they were, with a note of why. */
final class DeadLetterQueue {

    private static final int MAX_ATTRIBUTES = 10;

    private final SqsCalls calls;
    private final String url;

    DeadLetterQueue(SqsCalls calls, String url) {
        this.calls = calls;
        this.url = url;
    }

    /**
     * Sends a copy in the message's own group, which in a standard queue is a tenant's and comes back with the message; to
     * a FIFO queue under the message's id, so that a copy whose answer was lost is not there twice. Blocks for one call, or
     * a few, and throws the SDK's exception when they fail.
     *
     * <p>A message that has ten attributes of its own keeps them and goes without a note, for there is no room. One that
     * is refused with a note, such as for being too large, is sent with the next, and in the end without any.
     *
     * @param notes the notes to try, in this order
     */
    void send(Message message, List<String> notes) {
        Map<String, MessageAttributeValue> attributes = message.messageAttributes();
        if (attributes.size() < MAX_ATTRIBUTES || attributes.containsKey(DeadLetterNote.ATTRIBUTE)) {
            for (String note : notes) {
                Map<String, MessageAttributeValue> noted = new HashMap<>(attributes);
                noted.put(DeadLetterNote.ATTRIBUTE, text(note));
                try {
                    send(message, noted);
                    return;
                } catch (SqsException e) {
                    if (!QueueErrors.isRefused(e)) {
                        throw e;
                    }
                }
            }
        }
        send(message, attributes);
    }

    private void send(Message message, Map<String, MessageAttributeValue> attributes) {
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
        calls.send(r -> r.queueUrl(url)
                .messageBody(message.body())
                .messageAttributes(attributes)
                .messageSystemAttributes(system)
                .messageGroupId(message.attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID))
                .messageDeduplicationId(SqsQueue.isFifo(url) ? message.messageId() : null)
                .overrideConfiguration(SqsQueue::limited));
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }
}
