package io.mailrouter.sqs;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.RecipientResult;
import io.mailrouter.SendResult;
import io.mailrouter.Skipped;
import io.mailrouter.provider.Attempt;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What stands beside a dead letter: one JSON text, because a message takes ten attributes only.
 *
 * <p>It names addresses only where some recipients were accepted and others not, for whoever has to tell which; the body
 * beside it names them anyway.
 */
final class DeadLetterNote {

    /** The name of the message attribute. */
    static final String ATTRIBUTE = "mailrouter.dead-letter";

    private static final int VERSION = 1;
    private static final int MAX_RECIPIENTS = 100;
    private static final JsonMapper JSON = new JsonMapper();

    private DeadLetterNote() {}

    static String of(
            ReceivedMessage message,
            Disposition.DeadLetter why,
            Optional<SendResult> result,
            String key,
            String sourceQueue) {
        ObjectNode note = head(message, why);
        note.put("detail", why.detail());
        note.put("attempts", message.receiveCount());
        note.put("firstReceived", message.firstReceivedAt().toString());
        note.put("sourceQueue", sourceQueue);
        if (!key.isEmpty()) {
            note.put("idempotencyKey", key);
        }
        ArrayNode providers = note.putArray("providers");
        result.ifPresent(r -> {
            for (Attempt attempt : r.trail().attempts()) {
                providers
                        .addObject()
                        .put("id", attempt.provider())
                        .put("code", attempt.outcome().code());
            }
            for (Skipped skipped : r.trail().skipped()) {
                providers
                        .addObject()
                        .put("id", skipped.provider())
                        .put("code", skipped.reason().word());
            }
        });
        if (result.isPresent() && result.get() instanceof SendResult.PartlyAccepted partly) {
            rest(note, partly.notAccepted());
        }
        return note.toString();
    }

    /** Returns the least that is of use, for a message that leaves room for no more. */
    static String minimal(ReceivedMessage message, Disposition.DeadLetter why) {
        return head(message, why).toString();
    }

    private static ObjectNode head(ReceivedMessage message, Disposition.DeadLetter why) {
        return JSON.createObjectNode()
                .put("version", VERSION)
                .put("reason", why.reason())
                .put("code", why.code())
                .put("sourceMessageId", message.id());
    }

    private static void rest(ObjectNode note, List<RecipientResult> notAccepted) {
        note.put("notAcceptedCount", notAccepted.size());
        ArrayNode rest = note.putArray("notAccepted");
        for (RecipientResult one : notAccepted.subList(0, Math.min(MAX_RECIPIENTS, notAccepted.size()))) {
            rest.addObject()
                    .put("recipient", one.recipient().address())
                    .put("fate", one.fate().name().toLowerCase(Locale.ROOT))
                    .put("code", one.code());
        }
    }
}
