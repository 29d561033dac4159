package io.mailrouter.sqs.message;

import com.fasterxml.jackson.databind.JsonNode;
import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.StoreFailure;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The library's own format, version 1: every field is one of an {@link Email}. */
final class EmailFormat {

    private static final Pattern INSTANT = Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z");
    private static final Pattern PLAIN_HEADER = Pattern.compile("[A-Za-z0-9_-]{1,126}");

    private EmailFormat() {}

    static Email email(Fields fields, String keyIfAbsent) {
        checkVersion(fields.required("v"));
        EmailBuilder email = Email.builder();
        email.from(fields.requiredText("from"));
        each(fields, "to", email::to);
        each(fields, "cc", email::cc);
        each(fields, "bcc", email::bcc);
        each(fields, "replyTo", email::replyTo);
        fields.text("subject").ifPresent(email::subject);
        fields.text("text").ifPresent(email::text);
        fields.text("html").ifPresent(email::html);
        fields.textsByName("headers").forEach((name, value) -> header(email, name, value));
        each(fields, "tags", email::tag);
        fields.textsByName("metadata").forEach(email::metadata);
        fields.objects("attachments").forEach(file -> email.attach(attachment(file)));
        fields.text("notAfter").ifPresent(text -> email.notAfter(instant(fields, text)));
        fields.text("ambiguity").ifPresent(text -> email.onAmbiguity(ambiguity(fields, text)));
        fields.text("storeFailure").ifPresent(text -> email.onStoreFailure(storeFailure(fields, text)));
        fields.text("routingKey").ifPresent(email::routingKey);
        fields.text("trafficClass").ifPresent(email::trafficClass);
        fields.object("providers").ifPresent(providers -> {
            each(providers, "only", email::onlyProviders);
            each(providers, "not", email::notProviders);
            providers.refuseOthers();
        });
        String key = fields.text("idempotencyKey").orElse(keyIfAbsent);
        if (fields.has("idempotencyKey") || !key.isEmpty()) {
            email.idempotencyKey(key);
        }
        fields.refuseOthers();
        return email.build();
    }

    static void checkVersion(JsonNode version) {
        if (!version.isIntegralNumber()) {
            throw new MalformedMessageException("unknown_version", "v is not a whole number: 1 is needed");
        }
        if (!version.canConvertToInt() || version.intValue() != 1) {
            throw new MalformedMessageException("unknown_version", "v is a version that is not known: 1 is needed");
        }
    }

    private static void each(Fields fields, String name, Consumer<String> add) {
        int index = 0;
        for (String text : fields.texts(name)) {
            try {
                add.accept(text);
            } catch (IllegalArgumentException e) {
                String reason = String.valueOf(e.getMessage());
                String ownName = name + ": ";
                throw fields.invalid(
                        name + "[" + index + "]",
                        reason.startsWith(ownName) ? reason.substring(ownName.length()) : reason);
            }
            index++;
        }
    }

    /** A header's name is the message's own, so an error repeats it only when it can be no address. */
    private static void header(EmailBuilder email, String name, String value) {
        try {
            email.header(name, value);
        } catch (IllegalArgumentException e) {
            if (PLAIN_HEADER.matcher(name).matches()) {
                throw e;
            }
            throw new MalformedMessageException("invalid_field", "headers holds a name or value that is not allowed");
        }
    }

    private static Attachment attachment(Fields file) {
        String name = file.requiredText("name");
        String type = file.requiredText("type");
        byte[] bytes = bytes(file, file.requiredText("base64"));
        boolean inline = file.flag("inline");
        String contentId = file.text("contentId").orElse("");
        if (!inline && file.has("contentId")) {
            throw file.invalid("contentId", "is for an attachment with inline true only");
        }
        file.refuseOthers();
        try {
            return inline ? Attachment.inline(contentId, name, type, bytes) : Attachment.of(name, type, bytes);
        } catch (IllegalArgumentException e) {
            throw new MalformedMessageException("invalid_field", file.path() + ": " + e.getMessage());
        }
    }

    /** The decoder forgives missing padding and stray bits in the last group; two readers could then differ. */
    private static byte[] bytes(Fields file, String base64) {
        int length = base64.length();
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            int tail = Math.max(0, length - 4);
            String last = Base64.getEncoder().encodeToString(Base64.getDecoder().decode(base64.substring(tail)));
            if (length % 4 == 0 && last.equals(base64.substring(tail))) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // The decoder's words repeat a character of the content.
        }
        throw file.invalid("base64", "is not base64 with padding (RFC 4648 section 4)");
    }

    static boolean isInstant(String text) {
        return INSTANT.matcher(text).matches();
    }

    private static Instant instant(Fields fields, String text) {
        try {
            if (isInstant(text)) {
                return Instant.parse(text);
            }
        } catch (DateTimeException e) {
            // The parser's words repeat the value.
        }
        throw fields.invalid("notAfter", "is not a time in UTC such as 2026-11-21T12:00:00Z");
    }

    private static Ambiguity ambiguity(Fields fields, String text) {
        return switch (text) {
            case "stop" -> Ambiguity.STOP;
            case "resend-same" -> Ambiguity.RESEND_SAME;
            case "resend-other" -> Ambiguity.RESEND_OTHER;
            default -> throw fields.invalid("ambiguity", "is none of stop, resend-same and resend-other");
        };
    }

    static String word(Ambiguity ambiguity) {
        return switch (ambiguity) {
            case STOP -> "stop";
            case RESEND_SAME -> "resend-same";
            case RESEND_OTHER -> "resend-other";
        };
    }

    private static StoreFailure storeFailure(Fields fields, String text) {
        return switch (text) {
            case "send" -> StoreFailure.SEND;
            case "hold" -> StoreFailure.HOLD;
            default -> throw fields.invalid("storeFailure", "is neither send nor hold");
        };
    }

    static String word(StoreFailure storeFailure) {
        return switch (storeFailure) {
            case SEND -> "send";
            case HOLD -> "hold";
        };
    }
}
