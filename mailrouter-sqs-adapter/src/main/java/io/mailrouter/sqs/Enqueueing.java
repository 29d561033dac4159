package io.mailrouter.sqs;

import io.mailrouter.email.Email;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResultEntry;

/** Many emails on their way into one queue: the batch that fills, and what became of each so far. One thread's own. */
final class Enqueueing {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailQueue.class);
    private static final int MAX_ENTRIES = 10;

    private final SqsClient client;
    private final String queueUrl;
    private final OutgoingMessages messages;
    private final int maxBatchBytes;
    private final int retries;
    private final TreeMap<Integer, EnqueueResult> results = new TreeMap<>();
    private final List<Outgoing> batch = new ArrayList<>();
    private final Set<String> failedGroups = new HashSet<>();
    private int count;
    private int batchBytes;
    private boolean ended;

    Enqueueing(SqsClient client, String queueUrl, OutgoingMessages messages, int maxBatchBytes, int retries) {
        this.client = client;
        this.queueUrl = queueUrl;
        this.messages = messages;
        this.maxBatchBytes = maxBatchBytes;
        this.retries = retries;
    }

    void add(Email email, MessageOptions options) {
        int index = count++;
        Email keyed = OutgoingMessages.keyed(email);
        String key = keyed.idempotencyKey();
        if (mustGoFirst(options)) {
            flush();
        }
        if (isAfterFailure(index, key, options)) {
            return;
        }
        Outgoing message;
        try {
            message = messages.message(index, keyed, options);
        } catch (IllegalArgumentException e) {
            note(index, options, new EnqueueResult.NotEnqueued("refused", String.valueOf(e.getMessage()), true, key));
            return;
        } catch (PayloadNotKept e) {
            log.debug("A payload was not kept", e);
            note(index, options, e.result(key));
            return;
        }
        int bytes = message.bytes();
        if (batch.size() == MAX_ENTRIES || batchBytes + bytes > maxBatchBytes) {
            flush();
        }
        if (!isAfterFailure(index, key, options)) {
            batch.add(message);
            batchBytes += bytes;
        }
    }

    /** In one call with another of its group it might overtake that one, if only that is tried again. */
    private boolean mustGoFirst(MessageOptions options) {
        return messages.isFifo()
                && batch.stream().anyMatch(other -> other.options().group().equals(options.group()));
    }

    private boolean isAfterFailure(int index, String key, MessageOptions options) {
        if (ended) {
            note(index, options, new EnqueueResult.NotEnqueued("not_tried", "an earlier call failed", false, key));
            return true;
        }
        if (options.group().filter(failedGroups::contains).isPresent()) {
            String reason = "an earlier message of its group is not in the queue";
            note(index, options, new EnqueueResult.NotEnqueued("earlier_of_group_failed", reason, false, key));
            return true;
        }
        return false;
    }

    private void note(int index, MessageOptions options, EnqueueResult result) {
        results.put(index, result);
        if (messages.isFifo() && result instanceof EnqueueResult.NotEnqueued) {
            options.group().ifPresent(failedGroups::add);
        }
    }

    private void flush() {
        List<Outgoing> left = List.copyOf(batch);
        batch.clear();
        batchBytes = 0;
        for (int tried = 0; !left.isEmpty(); tried++) {
            try {
                left = send(left, tried >= retries);
            } catch (RuntimeException e) {
                // Also what is no exception of the SDK's, such as a closed client: the keys must reach the caller.
                log.debug("A batch did not reach the queue", e);
                left.forEach(message -> note(message.index(), message.options(), failed(e, message.key())));
                ended |= !QueueErrors.isRefused(e);
                return;
            }
        }
    }

    /** Returns what is to be tried again. */
    private List<Outgoing> send(List<Outgoing> some, boolean last) {
        List<SendMessageBatchRequestEntry> entries = new ArrayList<>(some.size());
        for (Outgoing message : some) {
            entries.add(message.entry(entries.size()));
        }
        SendMessageBatchResponse answer = client.sendMessageBatch(
                r -> r.queueUrl(queueUrl).entries(entries).overrideConfiguration(SqsQueue::limited));
        Map<String, SendMessageBatchResultEntry> taken = new HashMap<>();
        answer.successful().forEach(entry -> taken.put(entry.id(), entry));
        Map<String, BatchResultErrorEntry> refused = new HashMap<>();
        answer.failed().forEach(entry -> refused.put(entry.id(), entry));
        List<Outgoing> again = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            Outgoing message = some.get(i);
            SendMessageBatchResultEntry entry = taken.get(String.valueOf(i));
            BatchResultErrorEntry failure = refused.get(String.valueOf(i));
            if (entry != null) {
                note(message.index(), message.options(), new EnqueueResult.Enqueued(entry.messageId(), message.key()));
            } else if (failure != null && !last && !isSenderFault(failure)) {
                again.add(message);
            } else {
                note(message.index(), message.options(), notTaken(failure, message.key()));
            }
        }
        return again;
    }

    private static boolean isSenderFault(BatchResultErrorEntry failure) {
        return Boolean.TRUE.equals(failure.senderFault());
    }

    /** What the answer does not name has a result all the same, or the others' would be taken for its own. */
    private static EnqueueResult.NotEnqueued notTaken(@Nullable BatchResultErrorEntry failure, String key) {
        if (failure == null) {
            String reason = "the queue's answer does not name the message";
            return new EnqueueResult.NotEnqueued("not_answered", reason, false, key);
        }
        String reason = "the queue did not take the message from the batch";
        return new EnqueueResult.NotEnqueued(String.valueOf(failure.code()), reason, isSenderFault(failure), key);
    }

    /** Sends what is left and returns the results, in the order of the emails. */
    List<EnqueueResult> end() {
        flush();
        return List.copyOf(results.values());
    }

    static EnqueueResult.NotEnqueued failed(RuntimeException e, String key) {
        boolean senderFault = QueueErrors.isRefused(e) || QueueErrors.isForGood(e);
        return new EnqueueResult.NotEnqueued(QueueErrors.code(e), "the call to the queue failed", senderFault, key);
    }
}
