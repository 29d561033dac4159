package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageResponse;

class DeadLetterQueueTest {

    private static final String URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead";

    /** Remembers the last message that it was given. */
    private static final class LastMessage implements SqsClient {

        private SendMessageRequest request;

        @Override
        public SendMessageResponse sendMessage(SendMessageRequest value) {
            request = value;
            return SendMessageResponse.builder().messageId("d-1").build();
        }

        @Override
        public String serviceName() {
            return "sqs";
        }

        @Override
        public void close() {}
    }

    private static SendMessageRequest sentTo(String url, Map<MessageSystemAttributeName, String> attributes) {
        LastMessage client = new LastMessage();
        Message message = Message.builder()
                .messageId("m-1")
                .body("{}")
                .attributes(attributes)
                .build();
        new DeadLetterQueue(SqsCalls.of(client), url).send(message, List.of("{}"));
        return client.request;
    }

    @Test
    void aMessageOfATenantKeepsItsGroupInAStandardQueue() {
        SendMessageRequest copy = sentTo(URL, Map.of(MessageSystemAttributeName.MESSAGE_GROUP_ID, "tenant-1"));

        assertThat(copy.messageGroupId()).isEqualTo("tenant-1");
        assertThat(copy.messageDeduplicationId()).isNull();
    }

    @Test
    void aMessageOfNoGroupGetsNone() {
        assertThat(sentTo(URL, Map.of()).messageGroupId()).isNull();
    }

    @Test
    void aCopyInAFifoQueueIsKnownByTheMessagesId() {
        SendMessageRequest copy =
                sentTo(URL + ".fifo", Map.of(MessageSystemAttributeName.MESSAGE_GROUP_ID, "order-42"));

        assertThat(copy.messageGroupId()).isEqualTo("order-42");
        assertThat(copy.messageDeduplicationId()).isEqualTo("m-1");
    }
}
