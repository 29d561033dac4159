package io.mailrouter.sendgrid;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.provider.BulkEmailProvider.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Turns an email into the body of a mail/send request.
 *
 * <p>Written directly and not by sendgrid-java's helper classes, which know no list of addresses to reply to and throw
 * on a text that looks like a key of theirs.
 */
final class SendGridRequest {

    static final String REFERENCE = "mr_id";

    private static final JsonFactory JSON = new JsonFactory();
    private static final Base64.Encoder BASE64 = Base64.getEncoder();

    /** A multiple of three, so that no padding stands in the middle. */
    private static final int PIECE = 3 << 10;

    private final SendGridBulk emails;
    private final Email email;
    private final RequestBody body;
    private final JsonGenerator json;

    private SendGridRequest(SendGridBulk emails, RequestBody body, JsonGenerator json) {
        this.emails = emails;
        this.email = emails.common();
        this.body = body;
        this.json = json;
    }

    static RequestBody of(Email email, String reference) {
        RequestBody body = new RequestBody(email.encodedSize());
        write(body, SendGridBulk.one(email, reference));
        return body;
    }

    static RequestBody of(SendGridBulk emails) {
        RequestBody body = new RequestBody(
                emails.common().encodedSize() + 512L * emails.entries().size());
        write(body, emails);
        return body;
    }

    private static void write(RequestBody body, SendGridBulk emails) {
        try (JsonGenerator json = JSON.createGenerator(body, JsonEncoding.UTF8)) {
            new SendGridRequest(emails, body, json).write();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    private void write() throws IOException {
        json.writeStartObject();
        json.writeFieldName("from");
        address(email.from());
        replyTo();
        personalizations();
        if (!emails.subject().isEmpty()) {
            json.writeStringField("subject", emails.subject());
        }
        content();
        attachments();
        headers();
        tags();
        if (!emails.areSeveral()) {
            customArgs(email, emails.entries().get(0).reference());
        }
        if (email.sendAt().isPresent()) {
            json.writeNumberField(
                    "send_at", SendGridLimits.sendAt(email.sendAt().get()));
        }
        tracking();
        if (email.options(SendGridOptions.class).isPresent()) {
            options(email.options(SendGridOptions.class).get());
        }
        json.writeEndObject();
    }

    private void address(EmailAddress address) throws IOException {
        json.writeStartObject();
        json.writeStringField("email", address.address());
        if (!address.name().isEmpty()) {
            json.writeStringField("name", address.name());
        }
        json.writeEndObject();
    }

    private void addresses(String field, List<EmailAddress> addresses) throws IOException {
        if (addresses.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart(field);
        for (EmailAddress address : addresses) {
            address(address);
        }
        json.writeEndArray();
    }

    /** The service takes one or the other, never both. */
    private void replyTo() throws IOException {
        if (email.replyTo().size() == 1) {
            json.writeFieldName("reply_to");
            address(email.replyTo().get(0));
        } else {
            addresses("reply_to_list", email.replyTo());
        }
    }

    /** One for each email: everyone whom it names gets the same message and sees the same to and cc. */
    private void personalizations() throws IOException {
        json.writeArrayFieldStart("personalizations");
        for (Entry entry : emails.entries()) {
            personalization(entry.email(), entry.reference());
        }
        json.writeEndArray();
    }

    private void personalization(Email one, String reference) throws IOException {
        json.writeStartObject();
        addresses("to", one.to());
        addresses("cc", one.cc());
        addresses("bcc", one.bcc());
        if (one.template().isPresent()) {
            pairs("dynamic_template_data", one.template().get().variables());
        }
        Map<String, String> substitutions = emails.substitutions(one);
        if (!substitutions.isEmpty()) {
            pairs("substitutions", substitutions);
        }
        if (emails.areSeveral()) {
            customArgs(one, reference);
        }
        json.writeEndObject();
    }

    private void pairs(String field, Map<String, String> pairs) throws IOException {
        json.writeObjectFieldStart(field);
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            json.writeStringField(pair.getKey(), pair.getValue());
        }
        json.writeEndObject();
    }

    /** The text comes first: the service refuses it after the HTML. */
    private void content() throws IOException {
        if (email.template().isPresent()) {
            Template template = email.template().get();
            json.writeStringField("template_id", template.id());
            return;
        }
        json.writeArrayFieldStart("content");
        part("text/plain", emails.text());
        part("text/html", emails.html());
        json.writeEndArray();
    }

    private void part(String type, String value) throws IOException {
        if (value.isEmpty()) {
            return;
        }
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeStringField("value", value);
        json.writeEndObject();
    }

    private void attachments() throws IOException {
        if (email.attachments().isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("attachments");
        for (Attachment attachment : email.attachments()) {
            json.writeStartObject();
            json.writeFieldName("content");
            base64(attachment.content());
            json.writeStringField("type", attachment.type());
            json.writeStringField("filename", attachment.name());
            json.writeStringField("disposition", attachment.isInline() ? "inline" : "attachment");
            if (attachment.isInline()) {
                json.writeStringField("content_id", attachment.contentId());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void headers() throws IOException {
        if (email.headers().isEmpty() && email.unsubscribe().isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("headers");
        for (Map.Entry<String, String> header : email.headers().entrySet()) {
            json.writeStringField(header.getKey(), header.getValue());
        }
        if (email.unsubscribe().isPresent()) {
            json.writeStringField("List-Unsubscribe", email.unsubscribe().get().listUnsubscribe());
            json.writeStringField(
                    "List-Unsubscribe-Post", email.unsubscribe().get().listUnsubscribePost());
        }
        json.writeEndObject();
    }

    private void customArgs(Email one, String reference) throws IOException {
        json.writeObjectFieldStart("custom_args");
        json.writeStringField(REFERENCE, reference);
        for (Map.Entry<String, String> pair : one.metadata().entrySet()) {
            json.writeStringField(pair.getKey(), pair.getValue());
        }
        json.writeEndObject();
    }

    private void tags() throws IOException {
        if (email.tags().isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("categories");
        for (String tag : email.tags()) {
            json.writeString(tag);
        }
        json.writeEndArray();
    }

    private void tracking() throws IOException {
        if (email.tracking().isEmpty()) {
            return;
        }
        Tracking tracking = email.tracking().get();
        json.writeObjectFieldStart("tracking_settings");
        json.writeObjectFieldStart("click_tracking");
        json.writeBooleanField("enable", tracking.clicks());
        json.writeBooleanField("enable_text", tracking.clicks());
        json.writeEndObject();
        json.writeObjectFieldStart("open_tracking");
        json.writeBooleanField("enable", tracking.opens());
        json.writeEndObject();
        json.writeEndObject();
    }

    private void options(SendGridOptions options) throws IOException {
        if (options.unsubscribeGroup.isPresent()) {
            json.writeObjectFieldStart("asm");
            json.writeNumberField("group_id", options.unsubscribeGroup.getAsInt());
            if (!options.shownGroups.isEmpty()) {
                json.writeArrayFieldStart("groups_to_display");
                for (int group : options.shownGroups) {
                    json.writeNumber(group);
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        if (options.ipPool.isPresent()) {
            json.writeStringField("ip_pool_name", options.ipPool.get());
        }
        if (options.batchId.isPresent()) {
            json.writeStringField("batch_id", options.batchId.get());
        }
        if (options.sandbox) {
            json.writeObjectFieldStart("mail_settings");
            json.writeObjectFieldStart("sandbox_mode");
            json.writeBooleanField("enable", true);
            json.writeEndObject();
            json.writeEndObject();
        }
    }

    /** Piece by piece, for a copy of 20 MB would add up; and by the JDK, which takes a ninth of Jackson's time. */
    private void base64(ByteBuffer content) throws IOException {
        json.writeRawValue("\"");
        json.flush();
        byte[] piece = new byte[Math.min(PIECE, content.remaining())];
        byte[] encoded = new byte[(piece.length + 2) / 3 * 4];
        while (content.remaining() >= piece.length && content.hasRemaining()) {
            content.get(piece);
            body.write(encoded, 0, BASE64.encode(piece, encoded));
        }
        byte[] last = new byte[content.remaining()];
        content.get(last);
        body.write(encoded, 0, BASE64.encode(last, encoded));
        json.writeRaw('"');
    }
}
