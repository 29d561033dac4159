package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * One pass through a dead-letter queue: hands each message out once and gives back in the end what is still there. A queue
 * cannot be looked through without hiding what is looked at. One thread's own.
 */
final class Visit implements AutoCloseable {

    /** Long enough for a pass through some thousand messages; if this process dies, they are seen again after it. */
    static final Duration HIDDEN = Duration.ofMinutes(2);

    /** What may be left of that time for a message to count as hidden: longer than two calls take. */
    static final Duration MARGIN = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);
    private static final int MOST_AT_ONCE = 10;

    /** So many answers without a new message, and the rest is not likely to be seen. */
    private static final int MOST_REPETITIONS = 10;

    private final SqsClient client;
    private final String url;
    private final Surroundings around;
    private final Map<String, HeldLetter> held = new HashMap<>();
    private final Set<String> gone = new HashSet<>();
    private boolean complete;

    Visit(SqsClient client, String url, Surroundings around) {
        this.client = client;
        this.url = url;
        this.around = around;
    }

    /**
     * Returns messages that were not handed out before; none at the end, or when the thread is interrupted, which keeps
     * its flag.
     *
     * @throws IllegalStateException when the queue cannot be read
     */
    List<HeldLetter> next(int max) {
        for (int repetitions = 0; repetitions < MOST_REPETITIONS && !isInterrupted(); repetitions++) {
            List<Message> messages = receive(Math.min(max, MOST_AT_ONCE));
            if (messages.isEmpty()) {
                complete = !isInterrupted();
                return List.of();
            }
            List<HeldLetter> fresh = hold(messages);
            if (!fresh.isEmpty()) {
                return fresh;
            }
        }
        return List.of();
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private List<Message> receive(int max) {
        try {
            return client.receiveMessage(r -> r.queueUrl(url)
                            .maxNumberOfMessages(max)
                            .waitTimeSeconds(1)
                            .visibilityTimeout((int) HIDDEN.toSeconds())
                            .messageAttributeNames("All")
                            .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                            .overrideConfiguration(SqsQueue::limited))
                    .messages();
        } catch (SdkException e) {
            if (isInterrupted()) {
                return List.of();
            }
            throw new IllegalStateException("the dead-letter queue cannot be read: " + QueueErrors.code(e), e);
        }
    }

    private List<HeldLetter> hold(List<Message> messages) {
        List<HeldLetter> fresh = new ArrayList<>();
        for (Message message : messages) {
            HeldLetter letter =
                    new HeldLetter(new ReceivedMessage(message, around.now()), around.nanos() + HIDDEN.toNanos());
            if (gone.contains(letter.id())) {
                continue;
            }
            if (held.put(letter.id(), letter) == null) {
                fresh.add(letter);
            }
        }
        return fresh;
    }

    /** Says whether a message is still hidden for long enough to be worked on. */
    boolean isHidden(HeldLetter letter) {
        return letter.hiddenUntil() - around.nanos() > MARGIN.toNanos();
    }

    /** Takes a message out: it is neither handed out again nor given back. */
    void forget(HeldLetter letter) {
        held.remove(letter.id());
        gone.add(letter.id());
    }

    /** Lets a message be handed out again, when its time is over. */
    void letGo(HeldLetter letter) {
        held.remove(letter.id());
    }

    /** How many messages are held. */
    int held() {
        return held.size();
    }

    /** Says whether the queue had no more to show. */
    boolean isComplete() {
        return complete;
    }

    /** Lets others see again what is held, also in an interrupted thread, which keeps its flag. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        List<HeldLetter> back = held.values().stream().filter(this::isHidden).toList();
        for (int from = 0; from < back.size(); from += MOST_AT_ONCE) {
            giveBack(back.subList(from, Math.min(back.size(), from + MOST_AT_ONCE)));
        }
        held.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveBack(List<HeldLetter> some) {
        List<ChangeMessageVisibilityBatchRequestEntry> entries = new ArrayList<>(some.size());
        for (HeldLetter letter : some) {
            entries.add(ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id(String.valueOf(entries.size()))
                    .receiptHandle(letter.message().receiptHandle())
                    .visibilityTimeout(0)
                    .build());
        }
        try {
            client.changeMessageVisibilityBatch(
                    r -> r.queueUrl(url).entries(entries).overrideConfiguration(SqsQueue::limited));
        } catch (SdkException e) {
            log.debug("Messages of the dead-letter queue stay hidden for up to {}", HIDDEN, e);
        }
    }
}
