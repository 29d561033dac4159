package io.mailrouter.sqs;

import io.mailrouter.sqs.message.EmailMessages;
import io.mailrouter.sqs.message.PayloadStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Collects the configuration of a {@link SqsEmailQueue}. Not safe to share between threads.
 *
 * <p>Each method throws an {@link IllegalArgumentException} that names the setting and its range when a value is out of
 * it.
 */
public final class SqsEmailQueueBuilder {

    private static final int LARGEST = EmailMessages.DEFAULT_MAX_BODY_BYTES;

    final SqsClient client;
    final String queueUrl;
    int maxBodyBytes = LARGEST;
    int maxBatchBytes = LARGEST;
    int maxPayloadBytes = EmailMessages.DEFAULT_MAX_PAYLOAD_BYTES;
    int retries = 2;

    @Nullable
    PayloadStore payloads;

    SqsEmailQueueBuilder(SqsClient client, String queueUrl) {
        if (queueUrl.isBlank()) {
            throw new IllegalArgumentException("queueUrl is empty");
        }
        this.client = client;
        this.queueUrl = queueUrl;
    }

    /**
     * Sets the most bytes of a message's body, 1,024 to 1,048,576. A longer one goes to the payload store, or is refused
     * without one. 1 MiB by default, the most that Amazon SQS takes; a queue may be set to less.
     */
    public SqsEmailQueueBuilder maxBodyBytes(int bytes) {
        maxBodyBytes = Settings.within("maxBodyBytes", bytes, 1_024, LARGEST);
        return this;
    }

    /**
     * Sets the most bytes of the bodies of one request, 1,024 to 1,048,576, and no less than {@code maxBodyBytes}. 1 MiB by
     * default, the most that Amazon SQS takes.
     */
    public SqsEmailQueueBuilder maxBatchBytes(int bytes) {
        maxBatchBytes = Settings.within("maxBatchBytes", bytes, 1_024, LARGEST);
        return this;
    }

    /**
     * Hands longer bodies to this store and puts a small message with the reference into the queue; consumers need the same
     * store. By default a longer body is refused.
     */
    public SqsEmailQueueBuilder payloads(PayloadStore store) {
        payloads = store;
        return this;
    }

    /**
     * Sets the most bytes of a body that is handed to the store, 1 to 268,435,456; a longer one is refused, as consumers
     * would. 48 MiB by default.
     */
    public SqsEmailQueueBuilder maxPayloadBytes(int bytes) {
        maxPayloadBytes = Settings.within("maxPayloadBytes", bytes, 1, EmailMessages.HIGHEST_MAX_PAYLOAD_BYTES);
        return this;
    }

    /**
     * Sets how often a message that the queue did not take from a batch, for no fault of the message, is tried again at
     * once, 0 to 5. 2 by default. A call that fails as a whole is tried again by the client itself.
     */
    public SqsEmailQueueBuilder retries(int times) {
        retries = Settings.within("retries", times, 0, 5);
        return this;
    }

    /**
     * Returns the queue. Asks nobody.
     *
     * @throws IllegalArgumentException when maxBodyBytes is more than maxBatchBytes
     */
    public SqsEmailQueue build() {
        if (maxBodyBytes > maxBatchBytes) {
            throw new IllegalArgumentException("maxBodyBytes is " + maxBodyBytes + ": at most maxBatchBytes, which is "
                    + maxBatchBytes + ", is allowed");
        }
        return new SqsEmailQueue(this);
    }
}
