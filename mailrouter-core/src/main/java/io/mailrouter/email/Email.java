package io.mailrouter.email;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * An email, and how it wants to be routed.
 *
 * <p>Immutable, safe to share between threads, and checked in full when it is built: control characters in anything
 * that ends in a header are refused there, for every provider alike. Absent texts are empty strings, absent lists are
 * empty lists. {@link #toString()} holds counts only.
 */
public final class Email {

    /** The most recipients that one email may have, to, cc and bcc together: SendGrid's limit, the widest of all. */
    public static final int MAX_RECIPIENTS = 1_000;

    private final EmailAddress from;
    private final Optional<EmailAddress> envelopeFrom;
    private final List<EmailAddress> replyTo;
    private final List<EmailAddress> to;
    private final List<EmailAddress> cc;
    private final List<EmailAddress> bcc;
    private final String subject;
    private final String text;
    private final String html;
    private final Optional<FormLetter> formLetter;
    private final Map<String, String> headers;
    private final List<Attachment> attachments;
    private final List<String> tags;
    private final Map<String, String> metadata;
    private final Optional<Template> template;
    private final Optional<Instant> sendAt;
    private final Optional<Tracking> tracking;
    private final Optional<Unsubscribe> unsubscribe;
    private final Optional<RawMime> raw;
    private final String idempotencyKey;
    private final Optional<Instant> notAfter;
    private final Optional<Duration> deadline;
    private final Optional<Ambiguity> ambiguity;
    private final Optional<StoreFailure> storeFailure;
    private final Set<String> onlyProviders;
    private final Set<String> deniedProviders;
    private final Optional<String> preferredProvider;
    private final String routingKey;
    private final String trafficClass;
    private final Map<Class<?>, ProviderOptions> options;
    private final Set<Feature> features;
    private final long encodedSize;

    Email(EmailBuilder b) {
        from = present("from", b.from);
        envelopeFrom = b.envelopeFrom;
        replyTo = List.copyOf(b.replyTo);
        to = List.copyOf(b.to);
        cc = List.copyOf(b.cc);
        bcc = List.copyOf(b.bcc);
        formLetter = b.variables.isEmpty()
                ? Optional.empty()
                : Optional.of(new FormLetter(b.subject, b.text, b.html, b.variables));
        subject = formLetter
                .map(letter -> HeaderText.check("subject", letter.filledSubject()))
                .orElse(b.subject);
        text = formLetter.map(FormLetter::filledText).orElse(b.text);
        html = formLetter.map(FormLetter::filledHtml).orElse(b.html);
        headers = ordered(b.headers);
        attachments = List.copyOf(b.attachments);
        tags = List.copyOf(b.tags);
        metadata = ordered(b.metadata);
        template = b.template;
        sendAt = b.sendAt;
        tracking = b.tracking;
        unsubscribe = b.unsubscribe;
        raw = b.raw;
        idempotencyKey = b.idempotencyKey;
        notAfter = b.notAfter;
        deadline = b.deadline;
        ambiguity = b.ambiguity;
        storeFailure = b.storeFailure;
        onlyProviders = names(b.onlyProviders);
        deniedProviders = names(b.deniedProviders);
        preferredProvider = b.preferredProvider;
        routingKey = b.routingKey;
        trafficClass = b.trafficClass;
        options = Map.copyOf(b.options);
        checkRecipients();
        checkContent();
        features = FeaturesInUse.of(this);
        encodedSize = sizeWhenEncoded();
    }

    private static <T> T present(String field, Optional<T> value) {
        return value.orElseThrow(() -> new IllegalArgumentException(field + " is missing"));
    }

    private static Map<String, String> ordered(Map<String, String> pairs) {
        return pairs.isEmpty() ? Collections.emptyMap() : Collections.unmodifiableMap(new LinkedHashMap<>(pairs));
    }

    private static Set<String> names(List<String> names) {
        return names.isEmpty() ? Set.of() : Set.copyOf(names);
    }

    private void checkRecipients() {
        if (recipientCount() == 0) {
            throw new IllegalArgumentException("to, cc and bcc are all empty: at least one recipient is needed");
        }
    }

    private void checkContent() {
        boolean hasBody = !text.isEmpty() || !html.isEmpty();
        int contents = (hasBody ? 1 : 0) + (template.isPresent() ? 1 : 0) + (raw.isPresent() ? 1 : 0);
        if (contents != 1) {
            throw new IllegalArgumentException(
                    contents == 0
                            ? "text and html are both empty: a body, a template or a raw message is needed"
                            : "a body, a template and a raw message exclude each other");
        }
        if (formLetter.isPresent() && !hasBody) {
            throw new IllegalArgumentException("variables fill subject, text and html: text and html are both empty");
        }
        if (raw.isPresent()
                && !(subject.isEmpty()
                        && headers.isEmpty()
                        && attachments.isEmpty()
                        && replyTo.isEmpty()
                        && unsubscribe.isEmpty())) {
            throw new IllegalArgumentException(
                    "raw message carries its own subject, headers, replyTo and attachments: leave them empty");
        }
    }

    private long sizeWhenEncoded() {
        long bytes = HeaderText.utf8Length("text", text) + HeaderText.utf8Length("html", html);
        bytes += HeaderText.utf8Length("subject", subject);
        bytes += raw.map(RawMime::size).orElse(0);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            bytes += header.getKey().length() + HeaderText.utf8Length("header", header.getValue()) + 4L;
        }
        for (Map.Entry<String, String> pair : metadata.entrySet()) {
            bytes += pair.getKey().length() + pair.getValue().length() + 8L;
        }
        for (String tag : tags) {
            bytes += tag.length() + 4L;
        }
        for (String value : template.map(t -> t.variables().values()).orElse(List.of())) {
            bytes += HeaderText.utf8Length("template variable", value) + 32L;
        }
        for (Attachment attachment : attachments) {
            long base64 = (attachment.size() + 2L) / 3 * 4;
            bytes += base64 + base64 / 76 * 2 + 512;
        }
        return bytes + 64L * recipientCount();
    }

    /** Returns an empty builder. */
    public static EmailBuilder builder() {
        return new EmailBuilder();
    }

    /** Returns the sender, which no provider rewrites. */
    public EmailAddress from() {
        return from;
    }

    /** Returns the address for bounces, if it differs from the sender. */
    public Optional<EmailAddress> envelopeFrom() {
        return envelopeFrom;
    }

    /** Returns the addresses that answers go to; none means the sender. */
    public List<EmailAddress> replyTo() {
        return replyTo;
    }

    /** Returns the recipients that everyone sees as addressed. */
    public List<EmailAddress> to() {
        return to;
    }

    /** Returns the recipients of a copy. */
    public List<EmailAddress> cc() {
        return cc;
    }

    /** Returns the recipients of a copy that nobody else sees. */
    public List<EmailAddress> bcc() {
        return bcc;
    }

    /** Returns the number of recipients, to, cc and bcc together. */
    public int recipientCount() {
        return to.size() + cc.size() + bcc.size();
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

    /** Returns what subject, text and HTML were filled in from; nothing for an email without variables. */
    public Optional<FormLetter> formLetter() {
        return formLetter;
    }

    /** Returns the sender's own headers by name, in the order in which they were added. */
    public Map<String, String> headers() {
        return headers;
    }

    /** Returns the attachments, inline ones included. */
    public List<Attachment> attachments() {
        return attachments;
    }

    /** Returns labels for the provider's statistics. */
    public List<String> tags() {
        return tags;
    }

    /** Returns pairs that the provider returns with its events. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Returns the provider's template to fill in. */
    public Optional<Template> template() {
        return template;
    }

    /** Returns the time before which the provider is to hold the email back. */
    public Optional<Instant> sendAt() {
        return sendAt;
    }

    /** Returns the switch for tracking; none means as the provider's account says. */
    public Optional<Tracking> tracking() {
        return tracking;
    }

    /** Returns the one-click way out of a mailing. */
    public Optional<Unsubscribe> unsubscribe() {
        return unsubscribe;
    }

    /** Returns the complete message to send instead of subject, texts and attachments. */
    public Optional<RawMime> raw() {
        return raw;
    }

    /** Returns the key under which this email is to be sent once, empty for none. */
    public String idempotencyKey() {
        return idempotencyKey;
    }

    /** Returns the time after which the email is not worth sending, such as a code's end. */
    public Optional<Instant> notAfter() {
        return notAfter;
    }

    /** Returns how long sending may take; none means as long as the service allows. */
    public Optional<Duration> deadline() {
        return deadline;
    }

    /** Returns what to do when nobody can tell whether it was accepted; none means as the service says. */
    public Optional<Ambiguity> ambiguity() {
        return ambiguity;
    }

    /** Returns what to do when its key cannot be looked up; none means as the service says. */
    public Optional<StoreFailure> storeFailure() {
        return storeFailure;
    }

    /** Returns the only providers that may send it; empty means all. */
    public Set<String> onlyProviders() {
        return onlyProviders;
    }

    /** Returns the providers that may not send it. */
    public Set<String> deniedProviders() {
        return deniedProviders;
    }

    /** Returns the provider that is to be tried first; the others stand by as ever. */
    public Optional<String> preferredProvider() {
        return preferredProvider;
    }

    /** Returns what keeps emails together at one provider, such as a tenant, empty for nothing. No provider sees it. */
    public String routingKey() {
        return routingKey;
    }

    /** Returns what kind of email it is to the routing, such as {@code bulk}, empty for none. No provider sees it. */
    public String trafficClass() {
        return trafficClass;
    }

    /** Returns what only one kind of provider understands. */
    public <T extends ProviderOptions> Optional<T> options(Class<T> type) {
        return Optional.ofNullable(options.get(type)).map(type::cast);
    }

    /** Says whether it holds anything that only one kind of provider understands. */
    public boolean hasOptions() {
        return !options.isEmpty();
    }

    Map<Class<?>, ProviderOptions> allOptions() {
        return options;
    }

    /**
     * Returns the same email for some of its recipients only. It has the same idempotency key, which stands for all of
     * them: before it is sent as an email of its own, give it another.
     *
     * @throws IllegalArgumentException when none is left
     */
    public Email onlyTo(Predicate<EmailAddress> recipients) {
        EmailBuilder some = new EmailBuilder(this);
        to.stream().filter(recipients).forEach(some::to);
        cc.stream().filter(recipients).forEach(some::cc);
        bcc.stream().filter(recipients).forEach(some::bcc);
        return some.build();
    }

    /** Returns a builder that holds all parts of this email, to make another one that is like it. */
    public EmailBuilder toBuilder() {
        EmailBuilder all = new EmailBuilder(this);
        to.forEach(all::to);
        cc.forEach(all::cc);
        bcc.forEach(all::bcc);
        return all;
    }

    /** Returns what a provider must be able to carry to send it whole. */
    public Set<Feature> features() {
        return features;
    }

    /** Returns an estimate of its size on the wire in bytes: bodies in UTF-8, attachments in base64, and all else. */
    public long encodedSize() {
        return encodedSize;
    }

    /** Returns counts only, nothing personal. */
    @Override
    public String toString() {
        return "Email[" + recipientCount() + " recipients, " + encodedSize + " bytes]";
    }
}
