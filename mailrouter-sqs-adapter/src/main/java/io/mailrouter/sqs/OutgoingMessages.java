package io.mailrouter.sqs;

import io.mailrouter.email.Email;
import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.PayloadStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes messages of emails: gives each a key, and hands what is too large to the payload store. */
final class OutgoingMessages {

    private final boolean fifo;
    private final int maxBodyBytes;
    private final int maxPayloadBytes;
    private final @Nullable PayloadStore payloads;

    OutgoingMessages(SqsEmailQueueBuilder b) {
        fifo = b.queueUrl.endsWith(".fifo");
        maxBodyBytes = b.maxBodyBytes;
        maxPayloadBytes = b.maxPayloadBytes;
        payloads = b.payloads;
    }

    boolean isFifo() {
        return fifo;
    }

    /** Returns the email with a key: its own, or one like no other. */
    static Email keyed(Email email) {
        return email.idempotencyKey().isEmpty()
                ? email.toBuilder().idempotencyKey(UUID.randomUUID().toString()).build()
                : email;
    }

    /**
     * Returns the message. Blocks while the payload store keeps the body, if it is too large.
     *
     * @throws IllegalArgumentException naming what the queue does not take
     * @throws PayloadNotKept when the payload store failed
     */
    Outgoing message(int index, Email keyed, MessageOptions options) {
        check(options);
        String key = keyed.idempotencyKey();
        String body = fitting(EmailMessages.write(keyed), key);
        return new Outgoing(index, key, body, options, deduplicationId(key, options));
    }

    private void check(MessageOptions options) {
        if (!fifo && options.deduplicationId().isPresent()) {
            throw new IllegalArgumentException("deduplicationId is set: a standard queue takes none");
        }
        if (fifo && options.delay().isPresent()) {
            throw new IllegalArgumentException("delay is set: a FIFO queue takes none for a message");
        }
        if (fifo && options.group().isEmpty()) {
            throw new IllegalArgumentException("group is not set: a FIFO queue needs one, such as the order's number");
        }
    }

    private String fitting(String body, String key) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= maxBodyBytes) {
            return body;
        }
        if (payloads == null) {
            throw new IllegalArgumentException("body has " + bytes.length + " bytes: at most " + maxBodyBytes
                    + " are allowed; attach less, or give the queue a payload store");
        }
        if (bytes.length > maxPayloadBytes) {
            throw new IllegalArgumentException(
                    "body has " + bytes.length + " bytes: at most " + maxPayloadBytes + " are allowed for a payload");
        }
        try {
            return EmailMessages.pointer(payloads.put(bytes), key);
        } catch (RuntimeException e) {
            throw new PayloadNotKept(e);
        }
    }

    private Optional<String> deduplicationId(String key, MessageOptions options) {
        if (!fifo) {
            return Optional.empty();
        }
        return options.deduplicationId().or(() -> Optional.of(MessageOptions.isId(key) ? key : hash(key)));
    }

    private static String hash(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
