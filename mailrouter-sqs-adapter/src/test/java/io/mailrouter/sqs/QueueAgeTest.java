package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

class QueueAgeTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final AtomicReference<Instant> clock = new AtomicReference<>(NOW);
    private final QueueAge age = new QueueAge(clock::get);

    private static Message sent(String millis) {
        return Message.builder()
                .attributes(Map.of(MessageSystemAttributeName.SENT_TIMESTAMP, millis))
                .build();
    }

    private static Message sentBefore(int seconds) {
        return sent(String.valueOf(NOW.minusSeconds(seconds).toEpochMilli()));
    }

    @Test
    void isThatOfTheOldestMessageOfTheLastPoll() {
        assertThat(age.now()).isZero();

        age.polled(List.of(sentBefore(5), sentBefore(90), sentBefore(1)));
        assertThat(age.now()).isEqualTo(Duration.ofSeconds(90));

        age.polled(List.of(sentBefore(3)));
        assertThat(age.now()).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void goesOnUntilAPollFindsNothing() {
        age.polled(List.of(sentBefore(5)));
        clock.set(NOW.plusSeconds(600));
        assertThat(age.now()).as("nobody asks the queue in an outage").isEqualTo(Duration.ofSeconds(605));

        age.polled(List.of());
        assertThat(age.now()).isZero();
    }

    @Test
    void isZeroWhereTheQueueDoesNotSayOrItsClockIsAhead() {
        age.polled(List.of(Message.builder().build(), sent("yesterday")));
        assertThat(age.now()).isZero();

        age.polled(List.of(sentBefore(-30)));
        assertThat(age.now()).isZero();
    }
}
