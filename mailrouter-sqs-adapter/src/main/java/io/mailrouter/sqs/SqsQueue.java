package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * A queue of Amazon SQS. Entries of a batch are named by their index: message ids meet twice in one batch when a message
 * is handed out again.
 */
final class SqsQueue implements MessageQueue {

    /** Longer than any healthy call takes, and short beside the visibility of a message. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    private final SqsCalls calls;
    private final String url;
    private final String name;
    private final Settings settings;
    private final ReceiveAttempts attempts;

    SqsQueue(SqsCalls calls, String url, Settings settings) {
        this.calls = calls;
        this.url = url;
        this.name = url.substring(url.lastIndexOf('/') + 1);
        this.settings = settings;
        this.attempts = new ReceiveAttempts(settings.visibility(), System::nanoTime);
    }

    /** Says whether a queue keeps an order, which shows in its name. */
    static boolean isFifo(String url) {
        return url.endsWith(".fifo");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Message> receive(int max) {
        if (!isFifo(name)) {
            return receive(max, null);
        }
        ReceiveAttempts.Attempt attempt = attempts.next(max);
        try {
            return receive(attempt.max(), attempt.id());
        } catch (RuntimeException e) {
            if (!(e instanceof AwsServiceException)) {
                attempts.unanswered(attempt);
            }
            throw e;
        }
    }

    private List<Message> receive(int max, @Nullable String attemptId) {
        // Cut when another poller has long taken its place, so that what hangs does not keep a connection for ever.
        Duration limit = settings.waitTime().plus(PollWatch.GRACE.multipliedBy(3));
        return calls.receive(r -> r.queueUrl(url)
                        .maxNumberOfMessages(max)
                        .receiveRequestAttemptId(attemptId)
                        .waitTimeSeconds((int) settings.waitTime().toSeconds())
                        .visibilityTimeout((int) settings.visibility().toSeconds())
                        .messageAttributeNames("All")
                        .messageSystemAttributeNames(
                                MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT,
                                MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP,
                                MessageSystemAttributeName.SENT_TIMESTAMP,
                                MessageSystemAttributeName.MESSAGE_GROUP_ID,
                                MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID,
                                MessageSystemAttributeName.SEQUENCE_NUMBER,
                                MessageSystemAttributeName.AWS_TRACE_HEADER)
                        .overrideConfiguration(c -> c.apiCallTimeout(limit)))
                .messages();
    }

    @Override
    public List<Failure> delete(List<Lease> leases) {
        List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>(leases.size());
        for (Lease lease : leases) {
            entries.add(DeleteMessageBatchRequestEntry.builder()
                    .id(String.valueOf(entries.size()))
                    .receiptHandle(lease.message().receiptHandle())
                    .build());
        }
        return failures(calls.delete(r -> r.queueUrl(url).entries(entries).overrideConfiguration(SqsQueue::limited))
                .failed());
    }

    @Override
    public List<Failure> changeVisibility(List<Change> changes) {
        List<ChangeMessageVisibilityBatchRequestEntry> entries = new ArrayList<>(changes.size());
        for (Change change : changes) {
            entries.add(ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id(String.valueOf(entries.size()))
                    .receiptHandle(change.lease().message().receiptHandle())
                    .visibilityTimeout((int) change.visibility().toSeconds())
                    .build());
        }
        return failures(
                calls.changeVisibility(r -> r.queueUrl(url).entries(entries).overrideConfiguration(SqsQueue::limited))
                        .failed());
    }

    private static List<Failure> failures(List<BatchResultErrorEntry> failed) {
        return failed.stream()
                .map(entry -> new Failure(Integer.parseInt(entry.id()), Boolean.TRUE.equals(entry.senderFault())))
                .toList();
    }

    @Override
    public long size() {
        Map<QueueAttributeName, String> counts = calls.attributes(r -> r.queueUrl(url)
                        .attributeNames(
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED)
                        .overrideConfiguration(SqsQueue::limited))
                .attributes();
        return counts.values().stream().mapToLong(Long::parseLong).sum();
    }

    static void limited(AwsRequestOverrideConfiguration.Builder call) {
        call.apiCallTimeout(CALL_TIMEOUT);
    }
}
