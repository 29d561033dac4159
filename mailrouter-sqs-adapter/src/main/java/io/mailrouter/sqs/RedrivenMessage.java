package io.mailrouter.sqs;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;

/** Makes of a dead letter the message that it was: its body, attributes, group and trace, without the note, and its key. */
final class RedrivenMessage {

    private static final int MAX_ATTRIBUTES = 10;
    private static final String BROUGHT_BACK = "redrive-";

    private RedrivenMessage() {}

    /** A message cannot be brought back, and why. */
    static final class NotPossible extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String code;

        private NotPossible(String code) {
            super(code);
            this.code = code;
        }

        String code() {
            return code;
        }
    }

    /**
     * Returns the message with the key that it had.
     *
     * @param sourceArn the queue that it comes from, as far as that is known
     * @throws NotPossible when it cannot be brought back as it was
     */
    static SendMessageRequest asItWas(
            HeldLetter held, DeadLetter letter, Optional<String> sourceArn, String targetUrl) {
        Map<String, MessageAttributeValue> attributes = attributes(held);
        if (held.bodysKey().isEmpty() && !attributes.containsKey(MessageHandler.KEY_ATTRIBUTE)) {
            String key = keyOf(held, letter, sourceArn);
            if (!key.isEmpty()) {
                attributes.put(MessageHandler.KEY_ATTRIBUTE, text(key));
            }
        }
        return request(held, held.message().body(), attributes, targetUrl);
    }

    /**
     * Returns the message with a key of this dead letter's own: the same again if it is brought back twice.
     *
     * @throws NotPossible when it cannot be brought back
     */
    static SendMessageRequest withFreshKey(HeldLetter held, String targetUrl) {
        String key = BROUGHT_BACK + held.id();
        Map<String, MessageAttributeValue> attributes = attributes(held);
        attributes.put(MessageHandler.KEY_ATTRIBUTE, text(key));
        String body = held.message().body();
        return request(held, held.bodyWithKey(key).orElse(body), attributes, targetUrl);
    }

    private static Map<String, MessageAttributeValue> attributes(HeldLetter held) {
        Map<String, MessageAttributeValue> attributes =
                new HashMap<>(held.message().messageAttributes());
        attributes.remove(DeadLetterNote.ATTRIBUTE);
        return attributes;
    }

    /**
     * The key that the message was sent under, if it named none: its id was a part of that, and it has another one now. So
     * without it, what was perhaps sent would be sent again. What is malformed was never sent.
     */
    private static String keyOf(HeldLetter held, DeadLetter letter, Optional<String> sourceArn) {
        if (!letter.idempotencyKey().isEmpty() || letter.reason().equals("malformed")) {
            return letter.idempotencyKey();
        }
        return sourceArn
                .map(arn -> MessageKey.of(held.asReceivedFrom(letter.sourceMessageId()), arn)
                        .value())
                .orElse("");
    }

    private static SendMessageRequest request(
            HeldLetter held, String body, Map<String, MessageAttributeValue> attributes, String targetUrl) {
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new NotPossible("no_room_for_key");
        }
        SendMessageRequest.Builder request = SendMessageRequest.builder()
                .queueUrl(targetUrl)
                .messageBody(body)
                .messageAttributes(attributes)
                .messageSystemAttributes(system(held))
                .overrideConfiguration(SqsQueue::limited);
        group(held, targetUrl, request);
        return request.build();
    }

    /**
     * The deduplication id is the same for the same dead letter, so that a FIFO queue itself knows one that is brought back
     * twice, and differs from the one that the message had, which the queue may still remember.
     */
    private static void group(HeldLetter held, String targetUrl, SendMessageRequest.Builder request) {
        String group = held.systemAttribute(MessageSystemAttributeName.MESSAGE_GROUP_ID);
        if (!group.isEmpty()) {
            request.messageGroupId(group);
        }
        if (targetUrl.endsWith(".fifo")) {
            if (group.isEmpty()) {
                throw new NotPossible("no_group");
            }
            request.messageDeduplicationId(BROUGHT_BACK + held.id());
        }
    }

    private static Map<MessageSystemAttributeNameForSends, MessageSystemAttributeValue> system(HeldLetter held) {
        String trace = held.systemAttribute(MessageSystemAttributeName.AWS_TRACE_HEADER);
        return trace.isEmpty()
                ? Map.of()
                : Map.of(
                        MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                        MessageSystemAttributeValue.builder()
                                .dataType("String")
                                .stringValue(trace)
                                .build());
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }
}
