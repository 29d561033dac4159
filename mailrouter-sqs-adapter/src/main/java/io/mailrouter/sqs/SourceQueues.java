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
    private final Map<String, Optional<Source>> sources = new HashMap<>();

    /** A queue that dead letters come from. */
    record Source(String arn, String url) {}

    SourceQueues(SqsClient client, String deadLetterQueueUrl) {
        this.client = client;
        this.deadLetterQueueUrl = deadLetterQueueUrl;
    }

    /** Returns the last part of an ARN or URL. */
    static String nameOf(String queue) {
        return queue.substring(Math.max(queue.lastIndexOf(':'), queue.lastIndexOf('/')) + 1);
    }

    /**
     * Returns the queue that a letter comes from; nothing where that cannot be told. Blocks for a call or two, the first
     * time. A letter that names no ARN belongs to the only queue whose redrive policy leads here, if there is one only.
     */
    Optional<Source> of(String sourceQueue) {
        return sources.computeIfAbsent(sourceQueue, source -> {
            try {
                return found(source);
            } catch (SdkException e) {
                log.debug("A source queue was not found", e);
                return Optional.empty();
            }
        });
    }

    private Optional<Source> found(String arn) {
        String[] parts = arn.split(":", -1);
        if (parts.length != 6 || !parts[0].equals("arn") || !parts[2].equals("sqs")) {
            return theOnlyOne();
        }
        String url = client.getQueueUrl(r ->
                        r.queueName(parts[5]).queueOwnerAWSAccountId(parts[4]).overrideConfiguration(SqsQueue::limited))
                .queueUrl();
        return Optional.of(new Source(arn, url));
    }

    private Optional<Source> theOnlyOne() {
        List<String> urls = client.listDeadLetterSourceQueues(
                        r -> r.queueUrl(deadLetterQueueUrl).overrideConfiguration(SqsQueue::limited))
                .queueUrls();
        if (urls.size() != 1) {
            return Optional.empty();
        }
        String url = urls.get(0);
        return Optional.of(new Source(QueueFacts.read(SqsCalls.of(client), url).arn(), url));
    }
}
