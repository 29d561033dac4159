package io.mailrouter.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link DeadLetterNote} says, read with forbearance: whoever may write into the queue may have written it, so
 * nothing in it may break a list or an operator's screen.
 */
record DeadLetterNoteText(
        String reason,
        String code,
        String detail,
        int attempts,
        Optional<Instant> firstReceived,
        String sourceMessageId,
        String sourceQueue,
        List<DeadLetter.Tried> providers,
        String idempotencyKey) {

    private static final int LONGEST = 300;
    private static final int MOST_PROVIDERS = 50;
    private static final int LONGEST_KEY = 256;
    private static final JsonMapper JSON = new JsonMapper();

    static DeadLetterNoteText of(String text) {
        if (text.isEmpty()) {
            return without(DeadLetter.REDRIVE_POLICY);
        }
        try {
            JsonNode note = JSON.readTree(text);
            return note.path("reason").isTextual() ? of(note) : without(DeadLetter.UNREADABLE_NOTE);
        } catch (JsonProcessingException e) {
            return without(DeadLetter.UNREADABLE_NOTE);
        }
    }

    private static DeadLetterNoteText without(String reason) {
        return new DeadLetterNoteText(reason, "", "", 0, Optional.empty(), "", "", List.of(), "");
    }

    private static DeadLetterNoteText of(JsonNode note) {
        return new DeadLetterNoteText(
                shown(note.path("reason")),
                shown(note.path("code")),
                shown(note.path("detail")),
                Math.max(0, note.path("attempts").asInt(0)),
                instant(note.path("firstReceived").asText("")),
                shown(note.path("sourceMessageId")),
                shown(note.path("sourceQueue")),
                providers(note.path("providers")),
                key(note.path("idempotencyKey").asText("")));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static List<DeadLetter.Tried> providers(JsonNode list) {
        List<DeadLetter.Tried> providers = new ArrayList<>();
        for (JsonNode one : list) {
            if (providers.size() < MOST_PROVIDERS) {
                providers.add(new DeadLetter.Tried(shown(one.path("id")), shown(one.path("code"))));
            }
        }
        return List.copyOf(providers);
    }

    /** As it was, for it must be the same again; or none, for one that no email could have. */
    private static String key(String text) {
        return text.length() <= LONGEST_KEY && text.chars().noneMatch(Character::isISOControl) ? text : "";
    }

    /** Without what a terminal would obey. */
    private static String shown(JsonNode node) {
        String text = node.asText("");
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(LONGEST).forEach(c -> shown.appendCodePoint(isPlain(c) ? c : '?'));
        return shown.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    DeadLetterNoteText withKey(String key) {
        return new DeadLetterNoteText(
                reason, code, detail, attempts, firstReceived, sourceMessageId, sourceQueue, providers, key(key));
    }
}
