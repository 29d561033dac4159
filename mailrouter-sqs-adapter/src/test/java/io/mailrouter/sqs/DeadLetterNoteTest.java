package io.mailrouter.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mailrouter.RecipientResult;
import io.mailrouter.RecipientResult.Fate;
import io.mailrouter.SendResult;
import io.mailrouter.Trail;
import io.mailrouter.email.EmailAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;

class DeadLetterNoteTest {

    private static RecipientResult result(String who, Fate fate, String code) {
        return new RecipientResult(EmailAddress.parse(who + "@example.org"), fate, "p", code, "");
    }

    private static JsonNode note(List<RecipientResult> recipients) throws Exception {
        ReceivedMessage message =
                new ReceivedMessage(Message.builder().messageId("m").build(), Instant.EPOCH);
        Trail trail = new Trail("mr", List.of(), List.of(), Duration.ZERO);
        SendResult partly = new SendResult.PartlyAccepted("p", "m", recipients, trail);
        Disposition.DeadLetter why = new Disposition.DeadLetter("partly_accepted", "partial", "");
        return new JsonMapper().readTree(DeadLetterNote.of(message, why, Optional.of(partly), "key", "queue"));
    }

    @Test
    @DisplayName("P20 a dead letter lists everyone who was not accepted, with what became of the copy")
    void listsTheRest() throws Exception {
        JsonNode note = note(List.of(
                result("ada", Fate.ACCEPTED, "accepted"),
                result("bob", Fate.REFUSED, "smtp_550"),
                result("eve", Fate.NOT_SENT, "connection_refused"),
                result("kim", Fate.UNKNOWN, "timeout")));

        assertThat(note.get("notAcceptedCount").asInt()).isEqualTo(3);
        assertThat(note.get("notAccepted"))
                .extracting(
                        one -> one.get("recipient").asText(),
                        one -> one.get("fate").asText(),
                        one -> one.get("code").asText())
                .containsExactly(
                        tuple("bob@example.org", "refused", "smtp_550"),
                        tuple("eve@example.org", "not_sent", "connection_refused"),
                        tuple("kim@example.org", "unknown", "timeout"));
    }

    @Test
    void listsAHundredAndCountsAll() throws Exception {
        JsonNode note = note(Collections.nCopies(150, result("bob", Fate.REFUSED, "smtp_550")));

        assertThat(note.get("notAcceptedCount").asInt()).isEqualTo(150);
        assertThat(note.get("notAccepted")).hasSize(100);
    }
}
