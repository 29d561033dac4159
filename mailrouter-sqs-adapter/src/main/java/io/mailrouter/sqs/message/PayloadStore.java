package io.mailrouter.sqs.message;

import java.util.Optional;

/**
 * Keeps the bodies of messages that are too large for the queue, such as in a bucket of Amazon S3.
 *
 * <p>A producer puts the body here and a small message with the reference into the queue; a consumer fetches it. Nobody
 * deletes a body: a message may come again for as long as the queue and its dead-letter queue keep it, 28 days at most,
 * so let the store itself forget what is older, as a bucket's lifecycle rule does.
 *
 * <p>A store is safe to share between threads. It blocks, and bounds how long; a call that waits for ever holds up a send.
 */
public interface PayloadStore {

    /**
     * Keeps a body and returns where: 1 to 1,024 printable ASCII characters without spaces, and nothing secret or
     * personal, for operators see it.
     *
     * <p>An exception means that it is not kept; the message is then not put into the queue.
     *
     * @param body an email as JSON in UTF-8
     */
    String put(byte[] body);

    /**
     * Returns a body; nothing when there is none, so that fetching it again is of no use.
     *
     * <p>An exception means that it cannot be fetched now; the message then goes back to the queue and comes again later.
     *
     * @param reference as the message says, which may come from anybody who may write into the queue: look for it only
     *     where bodies are kept, and open no file or address that it names
     */
    Optional<byte[]> get(String reference);
}
