package io.mailrouter.sqs;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * The messages of one invocation, and which of them are done with.
 *
 * <p>A message counts as failed until it is known to be done, so that none is forgotten, whatever throws or never ends.
 */
final class LambdaBatch {

    /** In the order of the event; each once, and none that is empty, for one of those would fail the whole batch. */
    private final Set<String> ids;

    private final List<Lane> lanes = new ArrayList<>();
    private final Map<String, Fate> done = new ConcurrentHashMap<>();
    private int size;

    /** A message and the ARN of its queue, empty where the event names none. */
    record Item(ReceivedMessage message, String queueArn) {}

    /**
     * Messages that go one after the other.
     *
     * @param ordered whether they are a group of a FIFO queue, whose order holds
     */
    record Lane(boolean ordered, List<Item> items) {}

    /** Why a message is not to come again. */
    enum Fate {
        ACCEPTED,
        DISCARDED,
        DEAD_LETTERED
    }

    /** What Lambda is told, and how many messages came to what. */
    record Answer(SQSBatchResponse response, int received, int accepted, int discarded, int deadLettered) {

        int failed() {
            return received - accepted - discarded - deadLettered;
        }
    }

    /** Sorts the messages. One that the batch holds twice is one message, for its id has one fate. */
    LambdaBatch(List<SQSEvent.SQSMessage> records, Instant now) {
        ids = ids(records);
        Set<String> left = new LinkedHashSet<>(ids);
        Map<String, Lane> groups = new HashMap<>();
        for (SQSEvent.SQSMessage entry : records) {
            String id = LambdaRecords.text(entry.getMessageId());
            if (id.isEmpty() || left.remove(id)) {
                String arn = LambdaRecords.text(entry.getEventSourceArn());
                add(new Item(LambdaRecords.message(entry, now), arn), groups);
                size++;
            }
        }
    }

    private static Set<String> ids(List<SQSEvent.SQSMessage> records) {
        Set<String> ids = new LinkedHashSet<>();
        for (SQSEvent.SQSMessage entry : records) {
            ids.add(LambdaRecords.text(entry.getMessageId()));
        }
        ids.remove("");
        return ids;
    }

    private void add(Item item, Map<String, Lane> groups) {
        Message message = item.message().message();
        if (!isOrdered(message, item.queueArn())) {
            lanes.add(new Lane(false, List.of(item)));
            return;
        }
        String group = message.attributes().getOrDefault(MessageSystemAttributeName.MESSAGE_GROUP_ID, "");
        groups.computeIfAbsent(item.queueArn() + ' ' + group, name -> {
                    Lane lane = new Lane(true, new ArrayList<>());
                    lanes.add(lane);
                    return lane;
                })
                .items()
                .add(item);
    }

    /** A group of a standard queue only says whose turn it is; a sequence number is given by FIFO queues alone. */
    private static boolean isOrdered(Message message, String queueArn) {
        return queueArn.isEmpty()
                ? message.attributes().containsKey(MessageSystemAttributeName.SEQUENCE_NUMBER)
                : queueArn.endsWith(".fifo");
    }

    List<Lane> lanes() {
        return Collections.unmodifiableList(lanes);
    }

    int size() {
        return size;
    }

    /** Notes that a message is not to come again. */
    void done(Item item, Fate fate) {
        done.put(item.message().id(), fate);
    }

    /** Returns what Lambda is to be told now: the ids of all that are not done. */
    Answer answer() {
        Map<String, Fate> ended = Map.copyOf(done);
        return new Answer(
                failing(ids.stream().filter(id -> !ended.containsKey(id)).toList()),
                size,
                Collections.frequency(ended.values(), Fate.ACCEPTED),
                Collections.frequency(ended.values(), Fate.DISCARDED),
                Collections.frequency(ended.values(), Fate.DEAD_LETTERED));
    }

    /** Returns the answer that lets every message come again, for a batch that could not be looked at. */
    static SQSBatchResponse allFailed(List<SQSEvent.SQSMessage> records) {
        return failing(ids(records));
    }

    private static SQSBatchResponse failing(Iterable<String> ids) {
        List<SQSBatchResponse.BatchItemFailure> failures = new ArrayList<>();
        ids.forEach(id -> failures.add(new SQSBatchResponse.BatchItemFailure(id)));
        return new SQSBatchResponse(failures);
    }
}
