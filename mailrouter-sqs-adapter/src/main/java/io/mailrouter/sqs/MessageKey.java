package io.mailrouter.sqs;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * The key of a message that names none in its body, under which its email is sent once. Pure: whoever receives the message
 * again comes to the same key.
 *
 * <p>The producer's word comes first: the message attribute, then on a FIFO queue the group and the deduplication id. A
 * deduplication id that is only the hash of the body is none of the producer's: two equal emails, sent on purpose weeks
 * apart, would be one. What is left is the message's id, which covers that it is handed out again and nothing else.
 *
 * @param explicit whether the producer has named it
 */
record MessageKey(String value, boolean explicit) {

    /** The most characters that an email takes for its key. */
    private static final int MAX_LENGTH = 256;

    /** Half of the hash: 128 bits are as many as the message id itself has. */
    private static final int HASH_BYTES = 16;

    /**
     * Which keys there are.
     *
     * @param queueArn the name among all queues of the one that the messages come from
     * @param explicitOnly whether a message is refused whose producer has named no key
     */
    record Rule(String queueArn, boolean explicitOnly) {

        /** Returns the key to use where the body names none, empty if the message is then to be refused. */
        String keyIfAbsent(ReceivedMessage message) {
            MessageKey key = MessageKey.of(message, queueArn);
            return key.explicit() || !explicitOnly ? key.value() : "";
        }
    }

    static MessageKey of(ReceivedMessage message, String queueArn) {
        String named = message.attribute(MessageHandler.KEY_ATTRIBUTE);
        if (!named.isEmpty()) {
            return new MessageKey(named, true);
        }
        return ofGroup(message).orElseGet(() -> new MessageKey(hash(queueArn + '/' + message.id()), false));
    }

    private static Optional<MessageKey> ofGroup(ReceivedMessage message) {
        String group = message.groupId();
        String deduplication = message.deduplicationId();
        if (group.isEmpty()
                || deduplication.isEmpty()
                || isHashOf(message.message().body(), deduplication)) {
            return Optional.empty();
        }
        // Both may hold a slash, and two pairs must not come to one key.
        String key = group.replace("%", "%25").replace("/", "%2F") + '/' + deduplication;
        return Optional.of(new MessageKey(key.length() <= MAX_LENGTH ? key : hash(key), true));
    }

    private static boolean isHashOf(String body, String text) {
        return text.length() == 64 && HexFormat.of().formatHex(sha256(body)).equals(text.toLowerCase(Locale.ROOT));
    }

    /** A hash, because an ARN names the account, which has no place in a shared store, and may leave no room for the id. */
    private static String hash(String text) {
        return HexFormat.of().formatHex(Arrays.copyOf(sha256(text), HASH_BYTES));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
