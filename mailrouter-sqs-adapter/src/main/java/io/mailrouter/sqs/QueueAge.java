package io.mailrouter.sqs;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/**
 * How far behind the queue is, told by the last poll that found something: the age of its oldest message, which goes on
 * while the queue is not asked. A poll that finds nothing ends it; one that fails says nothing.
 */
final class QueueAge {

    private final InstantSource clock;
    private volatile OptionalLong oldestMillis = OptionalLong.empty();

    QueueAge(InstantSource clock) {
        this.clock = clock;
    }

    /** Notes what a poll has brought. */
    void polled(List<Message> messages) {
        oldestMillis = messages.stream().flatMapToLong(QueueAge::sentMillis).min();
    }

    /** What the queue does not say, or not in digits, is not worth an exception: it would cost the whole batch. */
    private static LongStream sentMillis(Message message) {
        String sent = ReceivedMessage.said(message, MessageSystemAttributeName.SENT_TIMESTAMP);
        try {
            return LongStream.of(Long.parseLong(sent));
        } catch (NumberFormatException unknown) {
            return LongStream.empty();
        }
    }

    /** Returns the age now; zero where nothing waits, or the two clocks differ by more. */
    Duration now() {
        OptionalLong sent = oldestMillis;
        return sent.isEmpty()
                ? Duration.ZERO
                : Duration.ofMillis(Math.max(0, clock.instant().toEpochMilli() - sent.getAsLong()));
    }
}
