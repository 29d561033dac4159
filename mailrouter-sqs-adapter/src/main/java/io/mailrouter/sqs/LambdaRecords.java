package io.mailrouter.sqs;

import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** Reads Lambda's form of a message. Whatever a record lacks, the message is what a queue would have handed out. */
final class LambdaRecords {

    /** Lambda may gather a batch for so long before it invokes, and says nothing of when it received a message. */
    private static final Duration LONGEST_BATCHING = Duration.ofMinutes(5);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Set<String> NUMBERS = Set.of(
            MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT.toString(),
            MessageSystemAttributeName.SENT_TIMESTAMP.toString(),
            MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP.toString());

    private LambdaRecords() {}

    /** Returns the records of an event; none of an event that has none. */
    static List<SQSEvent.SQSMessage> of(@Nullable SQSEvent event) {
        return event == null || event.getRecords() == null
                ? List.of()
                : event.getRecords().stream().filter(Objects::nonNull).toList();
    }

    /** Returns the message; one without an id gets one of its own, so that it is not taken for another. */
    static ReceivedMessage message(SQSEvent.SQSMessage entry, Instant now) {
        String id = text(entry.getMessageId());
        Message message = Message.builder()
                .messageId(id.isEmpty() ? UUID.randomUUID().toString() : id)
                .receiptHandle(text(entry.getReceiptHandle()))
                .body(text(entry.getBody()))
                .attributesWithStrings(systemAttributes(entry))
                .messageAttributes(attributes(entry))
                .build();
        return new ReceivedMessage(message, receivedAt(message, now));
    }

    /** Never later than it was, for the queue counts its 12 h from then. */
    private static Instant receivedAt(Message message, Instant now) {
        ReceivedMessage received = new ReceivedMessage(message, now);
        return received.receiveCount() == 1 && received.firstReceivedAt().isBefore(now)
                ? received.firstReceivedAt()
                : now.minus(LONGEST_BATCHING);
    }

    private static Map<String, String> systemAttributes(SQSEvent.SQSMessage entry) {
        Map<String, String> attributes = new HashMap<>();
        if (entry.getAttributes() != null) {
            entry.getAttributes().forEach((name, value) -> {
                if (name != null && value != null && isReadable(name, value)) {
                    attributes.put(name, value);
                }
            });
        }
        return attributes;
    }

    /** An event written by hand may hold anything. */
    private static boolean isReadable(String name, String value) {
        return !NUMBERS.contains(name) || NUMBER.matcher(value).matches();
    }

    private static Map<String, MessageAttributeValue> attributes(SQSEvent.SQSMessage entry) {
        Map<String, MessageAttributeValue> attributes = new HashMap<>();
        if (entry.getMessageAttributes() != null) {
            entry.getMessageAttributes().forEach((name, value) -> {
                if (name != null && value != null) {
                    attributes.put(name, attribute(value));
                }
            });
        }
        return attributes;
    }

    private static MessageAttributeValue attribute(SQSEvent.MessageAttribute value) {
        MessageAttributeValue.Builder attribute =
                MessageAttributeValue.builder().dataType(value.getDataType()).stringValue(value.getStringValue());
        if (value.getBinaryValue() != null) {
            attribute.binaryValue(SdkBytes.fromByteBuffer(value.getBinaryValue().duplicate()));
        }
        return attribute.build();
    }

    static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
