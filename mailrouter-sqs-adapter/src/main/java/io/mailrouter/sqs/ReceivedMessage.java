package io.mailrouter.sqs;

import java.time.Instant;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A message as a queue has handed it out, with what the queue says of it.
 *
 * @param receivedAt when it was handed out this time
 */
record ReceivedMessage(Message message, Instant receivedAt) {

    String id() {
        return message.messageId();
    }

    /** How often the queue has handed it out, this time included. */
    int receiveCount() {
        return (int) Math.min(Integer.MAX_VALUE, number(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, 1));
    }

    Instant sentAt() {
        return Instant.ofEpochMilli(number(MessageSystemAttributeName.SENT_TIMESTAMP, receivedAt.toEpochMilli()));
    }

    Instant firstReceivedAt() {
        return Instant.ofEpochMilli(
                number(MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP, receivedAt.toEpochMilli()));
    }

    /** Returns a message attribute's text, empty where there is none. */
    String attribute(String name) {
        MessageAttributeValue value = message.messageAttributes().get(name);
        return value == null || value.stringValue() == null ? "" : value.stringValue();
    }

    /** Returns the message group of a FIFO queue, empty where there is none. */
    String groupId() {
        return said(message, MessageSystemAttributeName.MESSAGE_GROUP_ID);
    }

    /** Returns the deduplication id of a FIFO queue, empty where there is none. */
    String deduplicationId() {
        return said(message, MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID);
    }

    /** Returns what the queue says of a message, empty where it says nothing. */
    static String said(Message message, MessageSystemAttributeName what) {
        // The SDK makes its map by enums anew at each look.
        return message.attributesAsStrings().getOrDefault(what.toString(), "");
    }

    private long number(MessageSystemAttributeName name, long otherwise) {
        String text = said(message, name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException unknown) {
            // What is not in digits is as good as not said, and no reason to keep the email back.
            return otherwise;
        }
    }
}
