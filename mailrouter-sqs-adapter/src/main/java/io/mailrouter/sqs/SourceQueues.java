package io.mailrouter.sqs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Finds the queues that dead letters come from, each once. One thread's own. */
final class SourceQueues {

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    private final SqsClient client;
    private final String deadLetterQueueUrl;
    private final Map<String, Optional<String>> urls = new HashMap<>();

    SourceQueues(SqsClient client, String deadLetterQueueUrl) {
        this.client = client;
        this.deadLetterQueueUrl = deadLetterQueueUrl;
    }

    /** Returns the last part of an ARN or URL. */
    static String nameOf(String queue) {
        return queue.substring(Math.max(queue.lastIndexOf(':'), queue.lastIndexOf('/')) + 1);
    }

    /**
     * Returns the URL of the queue that a letter comes from; nothing where that cannot be told. Blocks for a call, the
     * first time. A letter that names no ARN belongs to the only queue whose redrive policy leads here, if there is one
     * only.
     */
    Optional<String> urlFor(String sourceQueue) {
        return urls.computeIfAbsent(sourceQueue, source -> {
            try {
                return found(source);
            } catch (SdkException e) {
                log.debug("A source queue was not found", e);
                return Optional.empty();
            }
        });
    }

    private Optional<String> theOnlyOne() {
        List<String> sources = client.listDeadLetterSourceQueues(
                        r -> r.queueUrl(deadLetterQueueUrl).overrideConfiguration(SqsQueue::limited))
                .queueUrls();
        return sources.size() == 1 ? Optional.of(sources.get(0)) : Optional.empty();
    }

    private Optional<String> found(String source) {
        String[] parts = source.split(":", -1);
        if (parts.length != 6 || !parts[0].equals("arn") || !parts[2].equals("sqs")) {
            return theOnlyOne();
        }
        return Optional.of(client.getQueueUrl(r ->
                        r.queueName(parts[5]).queueOwnerAWSAccountId(parts[4]).overrideConfiguration(SqsQueue::limited))
                .queueUrl());
    }
}
