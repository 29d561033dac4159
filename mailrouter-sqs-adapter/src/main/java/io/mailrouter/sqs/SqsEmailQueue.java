package io.mailrouter.sqs;

import io.mailrouter.email.Email;
import java.util.List;
import java.util.function.Function;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Puts emails into an Amazon SQS queue, for a {@link SqsEmailConsumer} or a Lambda function to send.
 *
 * <p>Every message names an idempotency key: the email's own, or one that it is given here. So a message that is put into
 * the queue twice, handed out twice or brought back from the dead-letter queue is known for what it is, and a service with
 * an idempotency store sends it once. The key comes back with the result; a caller that tries an email again should do so
 * with that key.
 *
 * <p>Immutable, safe to share between threads. It starts no thread and closes nothing that it is given.
 */
public final class SqsEmailQueue {

    private final SqsClient client;
    private final String queueUrl;
    private final OutgoingMessages messages;
    private final int maxBatchBytes;
    private final int retries;

    SqsEmailQueue(SqsEmailQueueBuilder b) {
        client = b.client;
        queueUrl = b.queueUrl;
        messages = new OutgoingMessages(b);
        maxBatchBytes = b.maxBatchBytes;
        retries = b.retries;
    }

    /**
     * Returns a builder with the defaults.
     *
     * @param client reaches the queue; not closed here
     * @param queueUrl the queue's URL; one that ends in {@code .fifo} names a FIFO queue
     * @throws IllegalArgumentException when the URL is empty
     */
    public static SqsEmailQueueBuilder builder(SqsClient client, String queueUrl) {
        return new SqsEmailQueueBuilder(client, queueUrl);
    }

    /** Puts an email into the queue, as {@link #send(Email, MessageOptions)} does without options. */
    public EnqueueResult.Enqueued send(Email email) {
        return send(email, MessageOptions.none());
    }

    /**
     * Puts an email into the queue. Blocks for one call, and for one of the payload store if the body is too large.
     *
     * @throws IllegalArgumentException naming what a queue message does not carry, the option that the queue does not take,
     *     or the body's size and the limit
     * @throws EnqueueException when the queue or the payload store failed, with the key for another try; after a time-out
     *     or a broken connection the queue may have the message nonetheless
     */
    public EnqueueResult.Enqueued send(Email email, MessageOptions options) {
        Email keyed = OutgoingMessages.keyed(email);
        String key = keyed.idempotencyKey();
        try {
            return send(messages.message(0, keyed, options));
        } catch (PayloadNotKept e) {
            throw new EnqueueException(e.result(key), e);
        }
    }

    private EnqueueResult.Enqueued send(Outgoing message) {
        try {
            return new EnqueueResult.Enqueued(
                    client.sendMessage(message.request(queueUrl)).messageId(), message.key());
        } catch (RuntimeException e) {
            throw new EnqueueException(Enqueueing.failed(e, message.key()), e);
        }
    }

    /** Puts emails into the queue, as {@link #sendAll(List, Function)} does without options. */
    public List<EnqueueResult> sendAll(List<Email> emails) {
        return sendAll(emails, email -> MessageOptions.none());
    }

    /**
     * Puts emails into the queue, up to ten with one call, and returns what became of each, in their order.
     *
     * <p>An email that cannot be put into a queue is refused by itself; the others go. What the queue did not take for no
     * fault of the message is tried again. After a call that failed as a whole no more are made, unless it was refused for
     * what it held: the rest is {@code not_tried}. In a FIFO queue the order of a group is kept: a call holds one message
     * of each group at most, and when one fails, the later ones of its group are not put into the queue.
     *
     * <p>Blocks for a call for each ten emails or {@code maxBatchBytes}, and for the payload store. An interrupt ends it
     * early; the flag stays set.
     *
     * @param options the options of each email; asked for all of them before the first call
     */
    public List<EnqueueResult> sendAll(List<Email> emails, Function<Email, MessageOptions> options) {
        Enqueueing run = new Enqueueing(client, queueUrl, messages, maxBatchBytes, retries);
        // What this throws must not come between the calls, for it would take the results of those before with it.
        List<Email> all = List.copyOf(emails);
        List<MessageOptions> each = all.stream().map(options).toList();
        for (int i = 0; i < all.size(); i++) {
            run.add(all.get(i), each.get(i));
        }
        return run.end();
    }
}
