package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

class ReceivedMessageTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static ReceivedMessage saying(String text) {
        return new ReceivedMessage(
                Message.builder()
                        .attributes(Map.of(
                                MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, text,
                                MessageSystemAttributeName.SENT_TIMESTAMP, text,
                                MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP, text))
                        .build(),
                NOW);
    }

    @Test
    void tellsWhatTheQueueSays() {
        ReceivedMessage message = saying("7");

        assertThat(message.receiveCount()).isEqualTo(7);
        assertThat(message.sentAt()).isEqualTo(Instant.ofEpochMilli(7));
        assertThat(message.firstReceivedAt()).isEqualTo(Instant.ofEpochMilli(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "seven", "1.5", "99999999999999999999"})
    void whatIsNoNumberCountsAsNotSaid(String text) {
        ReceivedMessage message = saying(text);

        assertThat(message.receiveCount()).isEqualTo(1);
        assertThat(message.sentAt()).isEqualTo(NOW);
        assertThat(message.firstReceivedAt()).isEqualTo(NOW);
    }
}
