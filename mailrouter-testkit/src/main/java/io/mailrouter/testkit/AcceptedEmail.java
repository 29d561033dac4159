package io.mailrouter.testkit;

import io.mailrouter.email.Tracking;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An email as a stand-in understood it, decoded from the service's wire format.
 *
 * <p>Immutable. What the request did not hold is an empty string, list or map.
 */
public final class AcceptedEmail {

    private final String messageId;
    private final Mailbox from;
    private final String envelopeFrom;
    private final List<Mailbox> replyTo;
    private final List<Mailbox> to;
    private final List<Mailbox> cc;
    private final List<Mailbox> bcc;
    private final String subject;
    private final String text;
    private final String html;
    private final Map<String, String> headers;
    private final List<File> attachments;
    private final List<String> tags;
    private final Map<String, String> metadata;
    private final String reference;
    private final String templateId;
    private final Map<String, String> variables;
    private final Optional<Instant> sendAt;
    private final Optional<Tracking> tracking;
    private final String configurationSet;
    private final byte[] rawMime;
    private final byte[] requestBody;

    /**
     * An address with its display name. It shows both, since it is what a failing assertion is about.
     *
     * @param name the display name decoded, empty for none
     * @param address as it stood on the wire
     */
    public record Mailbox(String name, String address) {}

    /** A file that came with the email. */
    public static final class File {

        private final String name;
        private final String type;
        private final boolean inline;
        private final String contentId;
        private final byte[] bytes;

        File(String name, String type, boolean inline, String contentId, byte[] bytes) {
            this.name = name;
            this.type = type;
            this.inline = inline;
            this.contentId = contentId;
            this.bytes = bytes;
        }

        /** Returns the file name. */
        public String name() {
            return name;
        }

        /** Returns the media type. */
        public String type() {
            return type;
        }

        /** Says whether it is shown inside the HTML. */
        public boolean isInline() {
            return inline;
        }

        /** Returns the content id, empty for none. */
        public String contentId() {
            return contentId;
        }

        /** Returns a copy of the bytes. */
        public byte[] bytes() {
            return bytes.clone();
        }
    }

    AcceptedEmail(Draft draft) {
        messageId = draft.messageId;
        from = draft.from;
        envelopeFrom = draft.envelopeFrom;
        replyTo = List.copyOf(draft.replyTo);
        to = List.copyOf(draft.to);
        cc = List.copyOf(draft.cc);
        bcc = List.copyOf(draft.bcc);
        subject = draft.subject;
        text = draft.text;
        html = draft.html;
        headers = ordered(draft.headers);
        attachments = List.copyOf(draft.attachments);
        tags = List.copyOf(draft.tags);
        metadata = ordered(draft.metadata);
        reference = draft.reference;
        templateId = draft.templateId;
        variables = ordered(draft.variables);
        sendAt = draft.sendAt;
        tracking = draft.tracking;
        configurationSet = draft.configurationSet;
        rawMime = draft.rawMime;
        requestBody = draft.requestBody;
    }

    /**
     * Begins an email that was read from a request.
     *
     * @param requestBody the body as it came
     */
    public static AcceptedEmailBuilder of(byte[] requestBody) {
        return new AcceptedEmailBuilder(requestBody);
    }

    private static Map<String, String> ordered(Map<String, String> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /** Returns the id that the stand-in answered with. */
    public String messageId() {
        return messageId;
    }

    /** Returns the sender. */
    public Mailbox from() {
        return from;
    }

    /** Returns the address for bounces. */
    public String envelopeFrom() {
        return envelopeFrom;
    }

    /** Returns the addresses that answers go to. */
    public List<Mailbox> replyTo() {
        return replyTo;
    }

    /** Returns the recipients. */
    public List<Mailbox> to() {
        return to;
    }

    /** Returns the recipients of a copy. */
    public List<Mailbox> cc() {
        return cc;
    }

    /** Returns the recipients of a blind copy. */
    public List<Mailbox> bcc() {
        return bcc;
    }

    /** Returns the subject. */
    public String subject() {
        return subject;
    }

    /** Returns the plain text. */
    public String text() {
        return text;
    }

    /** Returns the HTML. */
    public String html() {
        return html;
    }

    /** Returns the headers that the request named, in its order. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Returns the files, inline ones included. */
    public List<File> attachments() {
        return attachments;
    }

    /** Returns the labels: SES tags named {@code tag_...} with the value 1, SendGrid categories. */
    public List<String> tags() {
        return tags;
    }

    /** Returns the pairs: all other SES tags, SendGrid custom arguments, both without {@code mr_id}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Returns the reference of the send, which travels as {@code mr_id}. */
    public String reference() {
        return reference;
    }

    /** Returns the name or id of the service's template. */
    public String templateId() {
        return templateId;
    }

    /** Returns the values for the template. */
    public Map<String, String> variables() {
        return variables;
    }

    /** Returns the time before which the service was to hold it back. */
    public Optional<Instant> sendAt() {
        return sendAt;
    }

    /** Returns the switch for tracking. */
    public Optional<Tracking> tracking() {
        return tracking;
    }

    /** Returns the SES configuration set. */
    public String configurationSet() {
        return configurationSet;
    }

    /** Returns a copy of the complete MIME message, no bytes if the request held none; it is not parsed. */
    public byte[] rawMime() {
        return rawMime.clone();
    }

    /** Returns a read-only view of the request's body as it came. */
    public ByteBuffer requestBody() {
        return ByteBuffer.wrap(requestBody).asReadOnlyBuffer();
    }

    /** Returns the id and counts only. */
    @Override
    public String toString() {
        return "AcceptedEmail[" + messageId + ", " + (to.size() + cc.size() + bcc.size()) + " recipients]";
    }
}
