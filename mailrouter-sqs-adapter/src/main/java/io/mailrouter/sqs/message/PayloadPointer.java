package io.mailrouter.sqs.message;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;

/**
 * A message that stands for one kept elsewhere.
 *
 * @param reference where, as the payload store says
 * @param key the idempotency key, which takes the place of the payload's; empty for none
 */
record PayloadPointer(String reference, String key) {

    private static final String FIELD = "payload";
    private static final Pattern REFERENCE = Pattern.compile("[!-~]{1,1024}");

    static boolean isOne(Fields fields) {
        return fields.has(FIELD);
    }

    static PayloadPointer of(Fields fields) {
        EmailFormat.checkVersion(fields.required("v"));
        String reference = fields.requiredText(FIELD);
        if (!isReference(reference)) {
            throw fields.invalid(FIELD, "needs 1 to 1024 printable ASCII characters without spaces");
        }
        PayloadPointer pointer =
                new PayloadPointer(reference, fields.text("idempotencyKey").orElse(""));
        if (fields.has("idempotencyKey") && pointer.key().isEmpty()) {
            throw fields.invalid("idempotencyKey", "is empty");
        }
        fields.refuseOthers();
        return pointer;
    }

    static boolean isReference(String text) {
        return REFERENCE.matcher(text).matches();
    }

    String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("v", 1).put(FIELD, reference);
        return (key.isEmpty() ? json : json.put("idempotencyKey", key)).toString();
    }
}
