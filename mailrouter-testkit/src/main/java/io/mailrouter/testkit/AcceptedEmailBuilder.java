package io.mailrouter.testkit;

import io.mailrouter.email.Tracking;
import io.mailrouter.testkit.AcceptedEmail.File;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Collects what a stand-in understood of a request. What is not set is taken as absent.
 *
 * <p>Not safe to share between threads.
 */
public final class AcceptedEmailBuilder {

    private final Draft draft;
    private final List<Mailbox> replyTo = new ArrayList<>();
    private final List<Mailbox> to = new ArrayList<>();
    private final List<Mailbox> cc = new ArrayList<>();
    private final List<Mailbox> bcc = new ArrayList<>();

    AcceptedEmailBuilder(byte[] requestBody) {
        draft = new Draft("m-" + UUID.randomUUID(), requestBody.clone());
    }

    /** Sets the id that the service answers with. By default one is made up. */
    public AcceptedEmailBuilder messageId(String id) {
        draft.messageId = id;
        return this;
    }

    /** Sets the sender. */
    public AcceptedEmailBuilder from(String name, String address) {
        draft.from = new Mailbox(name, address);
        return this;
    }

    /** Sets the address for bounces. */
    public AcceptedEmailBuilder envelopeFrom(String address) {
        draft.envelopeFrom = address;
        return this;
    }

    /** Adds an address that answers go to. */
    public AcceptedEmailBuilder replyTo(String name, String address) {
        replyTo.add(new Mailbox(name, address));
        return this;
    }

    /** Adds a recipient. */
    public AcceptedEmailBuilder to(String name, String address) {
        to.add(new Mailbox(name, address));
        return this;
    }

    /** Adds a recipient of a copy. */
    public AcceptedEmailBuilder cc(String name, String address) {
        cc.add(new Mailbox(name, address));
        return this;
    }

    /** Adds a recipient of a blind copy. */
    public AcceptedEmailBuilder bcc(String name, String address) {
        bcc.add(new Mailbox(name, address));
        return this;
    }

    /** Sets the subject. */
    public AcceptedEmailBuilder subject(String value) {
        draft.subject = value;
        return this;
    }

    /** Sets the plain text. */
    public AcceptedEmailBuilder text(String value) {
        draft.text = value;
        return this;
    }

    /** Sets the HTML. */
    public AcceptedEmailBuilder html(String value) {
        draft.html = value;
        return this;
    }

    /** Adds a header of the sender's own. */
    public AcceptedEmailBuilder header(String name, String value) {
        draft.headers.put(name, value);
        return this;
    }

    /** Adds a file that is offered for download. */
    public AcceptedEmailBuilder attachment(String name, String type, byte[] bytes) {
        draft.attachments.add(new File(name, type, false, "", bytes.clone()));
        return this;
    }

    /** Adds a file that the HTML shows. */
    public AcceptedEmailBuilder inline(String contentId, String name, String type, byte[] bytes) {
        draft.attachments.add(new File(name, type, true, contentId, bytes.clone()));
        return this;
    }

    /** Adds a label. */
    public AcceptedEmailBuilder tag(String value) {
        draft.tags.add(value);
        return this;
    }

    /** Adds a pair that the service returns with its events. */
    public AcceptedEmailBuilder metadata(String key, String value) {
        draft.metadata.put(key, value);
        return this;
    }

    /** Sets the reference of the send. */
    public AcceptedEmailBuilder reference(String value) {
        draft.reference = value;
        return this;
    }

    /** Sets the service's template and the values for it. */
    public AcceptedEmailBuilder template(String id, Map<String, String> variables) {
        draft.templateId = id;
        draft.variables = new LinkedHashMap<>(variables);
        return this;
    }

    /** Sets the time before which the service is to hold it back. */
    public AcceptedEmailBuilder sendAt(Instant time) {
        draft.sendAt = Optional.of(time);
        return this;
    }

    /** Sets the switch for tracking. */
    public AcceptedEmailBuilder tracking(Tracking value) {
        draft.tracking = Optional.of(value);
        return this;
    }

    /** Sets the complete MIME message. */
    public AcceptedEmailBuilder rawMime(byte[] message) {
        draft.rawMime = message.clone();
        return this;
    }

    /** Returns the email. */
    public AcceptedEmail build() {
        draft.replyTo = replyTo;
        draft.to = to;
        draft.cc = cc;
        draft.bcc = bcc;
        return new AcceptedEmail(draft);
    }
}
