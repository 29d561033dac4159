package io.mailrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** SendGrid's replacement of one text by another, one pair after the other, without regard to what a pair put in. */
final class Substitutions {

    private static final int MAX_BYTES = 10_000;

    private final Map<String, String> pairs;

    private Substitutions(Map<String, String> pairs) {
        this.pairs = pairs;
    }

    static Substitutions of(JsonObject personalization, Draft draft) throws Refusal {
        Map<String, String> pairs = personalization.object("substitutions").pairs();
        if (!pairs.isEmpty() && draft.templateId.startsWith("d-")) {
            throw new Refusal("Substitutions may not be used with dynamic templating");
        }
        int bytes = 0;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            bytes += (pair.getKey() + pair.getValue()).getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MAX_BYTES) {
            throw new Refusal("The substitutions are larger than 10000 bytes.");
        }
        return new Substitutions(pairs);
    }

    void apply(Draft draft) {
        draft.subject = in(draft.subject);
        draft.text = in(draft.text);
        draft.html = in(draft.html);
    }

    private String in(String text) {
        String replaced = text;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            replaced = replaced.replace(pair.getKey(), pair.getValue());
        }
        return replaced;
    }
}
