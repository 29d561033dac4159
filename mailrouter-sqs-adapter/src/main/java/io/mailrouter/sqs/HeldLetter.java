package io.mailrouter.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.MalformedMessageException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * A message of a dead-letter queue that is hidden from others for now.
 *
 * @param hiddenUntil by the monotonic clock
 */
record HeldLetter(ReceivedMessage received, long hiddenUntil) {

    private static final EmailMessages EMAILS = EmailMessages.upToDefaultSize();
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    String id() {
        return received.id();
    }

    Message message() {
        return received.message();
    }

    /** Returns a value that the queue itself keeps of the message, empty where there is none. */
    String systemAttribute(MessageSystemAttributeName name) {
        return message().attributes().getOrDefault(name, "");
    }

    /** Returns the message under the id that its own queue had for it; that is the same where the queue moved it itself. */
    ReceivedMessage asReceivedFrom(String sourceMessageId) {
        return sourceMessageId.isEmpty()
                ? received
                : new ReceivedMessage(
                        message().toBuilder().messageId(sourceMessageId).build(), received.receivedAt());
    }

    DeadLetter letter() {
        DeadLetterNoteText note = DeadLetterNoteText.of(received.attribute(DeadLetterNote.ATTRIBUTE));
        String bySqs = systemAttribute(MessageSystemAttributeName.DEAD_LETTER_QUEUE_SOURCE_ARN);
        String key = Stream.of(bodysKey(), received.attribute(MessageHandler.KEY_ATTRIBUTE))
                .filter(one -> !one.isEmpty())
                .findFirst()
                .orElse(note.idempotencyKey());
        return new DeadLetter(
                id(),
                note.withKey(key),
                received.sentAt(),
                note.sourceQueue().isEmpty() ? bySqs : note.sourceQueue(),
                recipients());
    }

    private List<String> recipients() {
        try {
            Email email = EMAILS.read(message().body());
            return Stream.of(email.to(), email.cc(), email.bcc())
                    .flatMap(List::stream)
                    .map(HeldLetter::masked)
                    .toList();
        } catch (MalformedMessageException e) {
            return List.of();
        }
    }

    private static String masked(EmailAddress address) {
        int first = address.localPart().codePointAt(0);
        return Character.toString(first) + "***@" + address.domain();
    }

    /** Returns the key that the body names, empty for none. */
    String bodysKey() {
        return object().map(body -> body.path("idempotencyKey").asText("")).orElse("");
    }

    /** Returns the body with another key, or nothing for one that has no field for it. */
    Optional<String> bodyWithKey(String key) {
        // A queue takes no body with these two, and JSON leaves them as they are.
        return object().map(body -> body.put("idempotencyKey", key)
                .toString()
                .replace("\uFFFE", "\\uFFFE")
                .replace("\uFFFF", "\\uFFFF"));
    }

    /** The library's own format, of which a campaign's message has no key. */
    private Optional<ObjectNode> object() {
        try {
            JsonNode body = JSON.readTree(message().body());
            return body instanceof ObjectNode object && object.has("v") ? Optional.of(object) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
