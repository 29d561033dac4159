package io.mailrouter.sqs.message;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Writes an email in the library's own format, version 1, for {@link EmailFormat} to read. */
final class EmailJson {

    /** The reader's limit for a name, and so the format's. */
    static final int MAX_NAME = 256;

    private EmailJson() {}

    static String of(Email email) {
        refuseWhatIsNotCarried(email);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("v", 1);
        text(json, "idempotencyKey", email.idempotencyKey());
        json.put("from", address("from", email.from()));
        addresses(json, "to", email.to());
        addresses(json, "cc", email.cc());
        addresses(json, "bcc", email.bcc());
        addresses(json, "replyTo", email.replyTo());
        text(json, "subject", email.subject());
        text(json, "text", email.text());
        text(json, "html", email.html());
        pairs(json, "headers", email.headers());
        texts(json, "tags", email.tags());
        pairs(json, "metadata", email.metadata());
        attachments(json, email.attachments());
        email.notAfter().ifPresent(time -> json.put("notAfter", instant(time)));
        email.ambiguity().ifPresent(word -> json.put("ambiguity", EmailFormat.word(word)));
        email.storeFailure().ifPresent(word -> json.put("storeFailure", EmailFormat.word(word)));
        text(json, "routingKey", email.routingKey());
        text(json, "trafficClass", email.trafficClass());
        providers(json, email);
        // A queue takes no body with these two, and JSON leaves them as they are.
        return json.toString().replace("\uFFFE", "\\uFFFE").replace("\uFFFF", "\\uFFFF");
    }

    private static void refuseWhatIsNotCarried(Email email) {
        refuse("raw", email.raw().isPresent());
        refuse("template", email.template().isPresent());
        refuse("envelopeFrom", email.envelopeFrom().isPresent());
        refuse("sendAt", email.sendAt().isPresent());
        refuse("tracking", email.tracking().isPresent());
        refuse("unsubscribe", email.unsubscribe().isPresent());
        refuse("deadline", email.deadline().isPresent());
        refuse("preferredProvider", email.preferredProvider().isPresent());
        refuse("options", email.hasOptions());
    }

    private static void refuse(String field, boolean present) {
        if (present) {
            throw new IllegalArgumentException(field + " is set: a queue message does not carry it");
        }
    }

    private static void text(ObjectNode json, String field, String value) {
        if (!value.isEmpty()) {
            json.put(field, value);
        }
    }

    private static void texts(ObjectNode json, String field, Collection<String> values) {
        if (!values.isEmpty()) {
            values.forEach(json.putArray(field)::add);
        }
    }

    private static void pairs(ObjectNode json, String field, Map<String, String> pairs) {
        if (pairs.isEmpty()) {
            return;
        }
        ObjectNode object = json.putObject(field);
        pairs.forEach((name, value) -> {
            if (name.length() > MAX_NAME) {
                throw new IllegalArgumentException(field + " has a name of " + name.length()
                        + " characters: a queue message carries at most " + MAX_NAME);
            }
            object.put(name, value);
        });
    }

    private static void addresses(ObjectNode json, String field, List<EmailAddress> addresses) {
        texts(json, field, addresses.stream().map(one -> address(field, one)).toList());
    }

    /** A name stands in quotes whatever it holds, so that no mark in it is taken for an address's own. */
    private static String address(String field, EmailAddress address) {
        if (address.name().isEmpty()) {
            return address.address();
        }
        String quoted = address.name().replace("\\", "\\\\").replace("\"", "\\\"");
        String text = '"' + quoted + "\" <" + address.address() + '>';
        if (!EmailAddress.parse(text).equals(address)) {
            throw new IllegalArgumentException(
                    field + " has a display name with white space at an end: a queue message does not carry it");
        }
        return text;
    }

    private static void attachments(ObjectNode json, List<Attachment> attachments) {
        if (attachments.isEmpty()) {
            return;
        }
        ArrayNode files = json.putArray("attachments");
        for (Attachment attachment : attachments) {
            byte[] bytes = new byte[attachment.size()];
            attachment.content().get(bytes);
            ObjectNode file = files.addObject()
                    .put("name", attachment.name())
                    .put("type", attachment.type())
                    .put("base64", Base64.getEncoder().encodeToString(bytes));
            if (attachment.isInline()) {
                file.put("inline", true).put("contentId", attachment.contentId());
            }
        }
    }

    private static String instant(Instant time) {
        String text = time.toString();
        if (!EmailFormat.isInstant(text)) {
            throw new IllegalArgumentException(
                    "notAfter is not in the years 0000 to 9999: a queue message cannot say it");
        }
        return text;
    }

    /** In the order of their names, for a set has none and a message is better the same each time. */
    private static void providers(ObjectNode json, Email email) {
        if (email.onlyProviders().isEmpty() && email.deniedProviders().isEmpty()) {
            return;
        }
        ObjectNode providers = json.putObject("providers");
        texts(providers, "only", new TreeSet<>(email.onlyProviders()));
        texts(providers, "not", new TreeSet<>(email.deniedProviders()));
    }
}
