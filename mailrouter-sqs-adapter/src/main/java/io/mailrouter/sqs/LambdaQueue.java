package io.mailrouter.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;

/**
 * The queue that an invocation's messages come from, as far as the function may reach it itself.
 *
 * <p>Nothing is asked before it is needed, so that a batch without a failure costs no call. What could be learned is
 * kept, for a queue's URL and its dead-letter queue do not change; what could not is asked again the next time.
 */
final class LambdaQueue {

    private static final Logger log = LoggerFactory.getLogger(SqsEmailLambdaHandler.class);
    private static final int MAX_ENTRIES = 10;
    private static final Duration DEFAULT_RETENTION = QueueFacts.unknown("").retention();
    private static final Duration LONGEST_CALL = Duration.ofSeconds(10);

    private final String arn;
    private final @Nullable SqsCalls client;
    private final Optional<String> namedDeadLetterUrl;
    private final Events events;
    private final AtomicBoolean warned = new AtomicBoolean();
    private final AtomicReference<@Nullable String> url = new AtomicReference<>();
    private final AtomicReference<@Nullable QueueFacts> facts = new AtomicReference<>();
    private final AtomicReference<@Nullable DeadLetterQueue> deadLetters = new AtomicReference<>();

    LambdaQueue(String arn, @Nullable SqsCalls client, Optional<String> namedDeadLetterUrl, Events events) {
        this.arn = arn;
        this.client = client;
        this.namedDeadLetterUrl = namedDeadLetterUrl;
        this.events = events;
    }

    /** Returns the name as it ends the queue's URL, {@code unknown} where the event named no queue. */
    String name() {
        return arn.isEmpty() ? "unknown" : arn.substring(arn.lastIndexOf(':') + 1);
    }

    String arn() {
        return arn;
    }

    /** Returns how long the queue keeps a message, as far as that is known. */
    Duration retention() {
        QueueFacts known = facts.get();
        return known == null ? DEFAULT_RETENTION : known.retention();
    }

    /** Returns the dead-letter queue, or nothing if there is none or it cannot be found. Blocks for three calls at most. */
    @Nullable
    DeadLetterQueue deadLetters() {
        DeadLetterQueue known = deadLetters.get();
        if (known == null && client != null) {
            known = found("SendMessage to a dead-letter queue", () -> find(client));
            deadLetters.set(known);
        }
        return known;
    }

    private @Nullable DeadLetterQueue find(SqsCalls sqs) {
        String target = namedDeadLetterUrl.orElse(null);
        if (target == null) {
            target = facts(sqs)
                    .redrive()
                    .map(redrive -> QueueFacts.url(sqs, redrive))
                    .orElse(null);
        }
        if (target == null || target.endsWith('/' + name())) {
            warnOnce();
            return null;
        }
        return new DeadLetterQueue(sqs, target);
    }

    private void warnOnce() {
        if (warned.compareAndSet(false, true)) {
            log.warn("Queue {} has no dead-letter queue: what is not to be tried again fails, and comes again", name());
        }
    }

    private QueueFacts facts(SqsCalls sqs) {
        QueueFacts known = facts.get();
        if (known == null) {
            known = QueueFacts.read(sqs, url(sqs));
            facts.set(known);
        }
        return known;
    }

    /**
     * Hides messages until they are to be tried again. Blocks until that is done or the time is over; those that could
     * not be hidden come again when the queue's own visibility ends.
     *
     * @param timeLeft how long the calls may take
     */
    void delay(Map<ReceivedMessage, Duration> delays, Supplier<Duration> timeLeft) {
        if (client == null) {
            return;
        }
        List<Map.Entry<ReceivedMessage, Duration>> all = List.copyOf(delays.entrySet());
        for (int from = 0; from < all.size() && !timeLeft.get().isNegative(); from += MAX_ENTRIES) {
            List<Map.Entry<ReceivedMessage, Duration>> some =
                    all.subList(from, Math.min(all.size(), from + MAX_ENTRIES));
            if (found("ChangeMessageVisibility", () -> change(client, some, timeLeft)) == null) {
                return;
            }
        }
    }

    private Integer change(SqsCalls sqs, List<Map.Entry<ReceivedMessage, Duration>> some, Supplier<Duration> timeLeft) {
        List<ChangeMessageVisibilityBatchRequestEntry> entries = new ArrayList<>(some.size());
        for (Map.Entry<ReceivedMessage, Duration> one : some) {
            entries.add(ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id(String.valueOf(entries.size()))
                    .receiptHandle(one.getKey().message().receiptHandle())
                    .visibilityTimeout((int) one.getValue().toSeconds())
                    .build());
        }
        String queueUrl = url(sqs);
        Duration left = timeLeft.get();
        Duration limit = left.compareTo(LONGEST_CALL) < 0 ? left : LONGEST_CALL;
        if (limit.toMillis() < 1) {
            return 0;
        }
        return sqs.changeVisibility(
                        r -> r.queueUrl(queueUrl).entries(entries).overrideConfiguration(c -> c.apiCallTimeout(limit)))
                .successful()
                .size();
    }

    private String url(SqsCalls sqs) {
        String known = url.get();
        if (known == null) {
            known = QueueFacts.url(sqs, new QueueFacts.Redrive(arn, 0));
            url.set(known);
        }
        return known;
    }

    /** Returns what a call finds, or nothing if it fails: then the message fails, and the queue keeps it. */
    private <T> @Nullable T found(String operation, Supplier<@Nullable T> call) {
        try {
            return call.get();
        } catch (RuntimeException e) {
            events.callFailed(name(), operation, e.getCause() instanceof RuntimeException cause ? cause : e);
            return null;
        }
    }
}
