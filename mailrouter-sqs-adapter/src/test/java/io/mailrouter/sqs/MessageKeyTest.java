package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

class MessageKeyTest {

    private static final String ARN = "arn:aws:sqs:eu-west-1:123456789012:q";
    private static final String BODY = "{\"v\":1}";

    private static ReceivedMessage message(String attribute, String group, String deduplication) {
        Map<String, MessageAttributeValue> attributes = new HashMap<>();
        if (!attribute.isEmpty()) {
            attributes.put(
                    MessageHandler.KEY_ATTRIBUTE,
                    MessageAttributeValue.builder()
                            .dataType("String")
                            .stringValue(attribute)
                            .build());
        }
        Map<MessageSystemAttributeName, String> system = new HashMap<>();
        if (!group.isEmpty()) {
            system.put(MessageSystemAttributeName.MESSAGE_GROUP_ID, group);
        }
        if (!deduplication.isEmpty()) {
            system.put(MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID, deduplication);
        }
        return new ReceivedMessage(
                Message.builder()
                        .messageId("m-1")
                        .body(BODY)
                        .messageAttributes(attributes)
                        .attributes(system)
                        .build(),
                Instant.EPOCH);
    }

    private static MessageKey key(String attribute, String group, String deduplication) {
        return MessageKey.of(message(attribute, group, deduplication), ARN);
    }

    @Test
    void theAttributeComesFirstThenTheGroupAndTheDeduplicationId() {
        assertThat(key("k", "g", "d")).isEqualTo(new MessageKey("k", true));
        assertThat(key("", "g", "d")).isEqualTo(new MessageKey("g/d", true));
    }

    @Test
    @DisplayName("Q4 without a key, the id and the queue give one: the same whoever receives it, and another elsewhere")
    void theRestIsKnownByQueueAndId() {
        MessageKey key = key("", "", "");

        assertThat(key.explicit()).isFalse();
        assertThat(key.value()).matches("[0-9a-f]{32}");
        assertThat(key("", "", "")).isEqualTo(key);
        assertThat(MessageKey.of(message("", "", ""), ARN + "2").value()).isNotEqualTo(key.value());
    }

    @Test
    void aGroupOfAStandardQueueIsNoKey() {
        assertThat(key("", "tenant-1", "")).isEqualTo(key("", "", ""));
    }

    @Test
    void aDeduplicationIdThatIsOnlyTheHashOfTheBodyIsNoKey() throws Exception {
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(BODY.getBytes(StandardCharsets.UTF_8)));

        assertThat(key("", "g", hash)).isEqualTo(key("", "", ""));
        assertThat(key("", "g", hash.replaceFirst(".", "x")).explicit()).isTrue();
    }

    @Test
    void noTwoPairsComeToOneKey() {
        assertThat(key("", "a/b", "c").value()).isNotEqualTo(key("", "a", "b/c").value());
        assertThat(key("", "a%2Fb", "c").value())
                .isNotEqualTo(key("", "a/b", "c").value());
    }

    @Test
    void theLongestPairFitsIntoAKey() {
        MessageKey key = key("", "g".repeat(128), "d".repeat(128));

        assertThat(key.value()).matches("[0-9a-f]{32}");
        assertThat(key.explicit()).isTrue();
        assertThat(key("", "g".repeat(127), "d".repeat(128)).value()).hasSize(256);
    }

    @Test
    void aRuleThatWantsTheProducersKeyGivesNoOther() {
        MessageKey.Rule explicitOnly = new MessageKey.Rule(ARN, true);

        assertThat(explicitOnly.keyIfAbsent(message("", "", ""))).isEmpty();
        assertThat(explicitOnly.keyIfAbsent(message("", "g", "d"))).isEqualTo("g/d");
        assertThat(new MessageKey.Rule(ARN, false).keyIfAbsent(message("", "", "")))
                .isNotEmpty();
    }
}
