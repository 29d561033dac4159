package io.mailrouter.email;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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

    private static final int MAX_LABELS = 100;
    private static final Pattern HEADER_NAME = Pattern.compile("[!-9;-~]{1,126}");
    private static final Pattern PROVIDER_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    /** Headers that the fields of an email or the provider write; a second one would contradict the first. */
    private static final Set<String> RESERVED_HEADERS = Set.of(
            "from",
            "sender",
            "to",
            "cc",
            "bcc",
            "resent-bcc",
            "reply-to",
            "subject",
            "date",
            "message-id",
            "mime-version",
            "return-path",
            "received",
            "dkim-signature",
            "x-sg-id",
            "x-sg-eid");

    private final EmailAddress from;
    private final Optional<EmailAddress> envelopeFrom;
    private final List<EmailAddress> replyTo;
    private final List<EmailAddress> to;
    private final List<EmailAddress> cc;
    private final List<EmailAddress> bcc;
    private final String subject;
    private final String text;
    private final String html;
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
    private final Ambiguity ambiguity;
    private final Set<String> onlyProviders;
    private final Set<String> deniedProviders;
    private final Optional<String> preferredProvider;
    private final Set<Feature> features;
    private final long encodedSize;

    private Email(Builder b) {
        from = present("from", b.from);
        envelopeFrom = b.envelopeFrom;
        replyTo = List.copyOf(b.replyTo);
        to = List.copyOf(b.to);
        cc = List.copyOf(b.cc);
        bcc = List.copyOf(b.bcc);
        subject = b.subject;
        text = b.text;
        html = b.html;
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(b.headers));
        attachments = List.copyOf(b.attachments);
        tags = List.copyOf(b.tags);
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(b.metadata));
        template = b.template;
        sendAt = b.sendAt;
        tracking = b.tracking;
        unsubscribe = b.unsubscribe;
        raw = b.raw;
        idempotencyKey = b.idempotencyKey;
        notAfter = b.notAfter;
        deadline = b.deadline;
        ambiguity = b.ambiguity;
        onlyProviders = Set.copyOf(b.onlyProviders);
        deniedProviders = Set.copyOf(b.deniedProviders);
        preferredProvider = b.preferredProvider;
        checkRecipients();
        checkContent();
        features = Collections.unmodifiableSet(featuresInUse());
        encodedSize = sizeWhenEncoded();
    }

    private static <T> T present(String field, Optional<T> value) {
        return value.orElseThrow(() -> new IllegalArgumentException(field + " is missing"));
    }

    private void checkRecipients() {
        int count = recipientCount();
        if (count == 0) {
            throw new IllegalArgumentException("to, cc and bcc are all empty: at least one recipient is needed");
        }
        if (count > MAX_RECIPIENTS) {
            throw new IllegalArgumentException(
                    "to, cc and bcc name " + count + " recipients: at most " + MAX_RECIPIENTS + " are allowed");
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
        if (raw.isPresent()
                && !(subject.isEmpty()
                        && headers.isEmpty()
                        && attachments.isEmpty()
                        && replyTo.isEmpty()
                        && unsubscribe.isEmpty())) {
            throw new IllegalArgumentException(
                    "raw message carries its own subject, headers, replyTo, unsubscribe and attachments: leave them empty");
        }
    }

    private EnumSet<Feature> featuresInUse() {
        EnumSet<Feature> used = EnumSet.noneOf(Feature.class);
        add(used, Feature.ATTACHMENTS, attachments.stream().anyMatch(a -> !a.isInline()));
        add(used, Feature.INLINE_ATTACHMENTS, attachments.stream().anyMatch(Attachment::isInline));
        add(used, Feature.HEADERS, !headers.isEmpty() || unsubscribe.isPresent());
        add(used, Feature.TAGS, !tags.isEmpty());
        add(used, Feature.METADATA, !metadata.isEmpty());
        add(used, Feature.SEVERAL_REPLY_TO, replyTo.size() > 1);
        add(used, Feature.ENVELOPE_FROM, envelopeFrom.isPresent());
        add(used, Feature.TEMPLATE, template.isPresent());
        add(used, Feature.SEND_AT, sendAt.isPresent());
        add(used, Feature.TRACKING, tracking.isPresent());
        add(used, Feature.RAW_MIME, raw.isPresent());
        add(
                used,
                Feature.UNICODE_LOCAL_PART,
                Stream.of(List.of(from), envelopeFrom.stream().toList(), replyTo, to, cc, bcc)
                        .flatMap(List::stream)
                        .anyMatch(EmailAddress::hasUnicodeLocalPart));
        return used;
    }

    private static void add(EnumSet<Feature> features, Feature feature, boolean used) {
        if (used) {
            features.add(feature);
        }
    }

    private long sizeWhenEncoded() {
        long bytes = HeaderText.utf8Length("text", text) + HeaderText.utf8Length("html", html);
        bytes += HeaderText.utf8Length("subject", subject);
        bytes += raw.map(RawMime::size).orElse(0);
        for (Map.Entry<String, String> header : headers.entrySet()) {
            bytes += header.getKey().length() + header.getValue().getBytes(StandardCharsets.UTF_8).length + 4L;
        }
        for (Attachment attachment : attachments) {
            long base64 = (attachment.size() + 2L) / 3 * 4;
            bytes += base64 + base64 / 76 * 2 + 512;
        }
        return bytes + 64L * recipientCount();
    }

    /** Returns an empty builder. */
    public static Builder builder() {
        return new Builder();
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

    /** Returns what to do when nobody can tell whether it was accepted. */
    public Ambiguity ambiguity() {
        return ambiguity;
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

    /** Returns what a provider must be able to carry to send it whole. */
    public Set<Feature> features() {
        return features;
    }

    /** Returns an upper estimate of its size on the wire in bytes, attachments in base64. */
    public long encodedSize() {
        return encodedSize;
    }

    /** Returns counts only, nothing personal. */
    @Override
    public String toString() {
        return "Email[" + recipientCount() + " recipients, " + encodedSize + " bytes]";
    }

    /**
     * Collects the parts of an {@link Email}. Not safe to share between threads.
     *
     * <p>Each method checks what it is given and throws an {@link IllegalArgumentException} that names the field and
     * what is wrong with it, never its value.
     */
    public static final class Builder {

        private Optional<EmailAddress> from = Optional.empty();
        private Optional<EmailAddress> envelopeFrom = Optional.empty();
        private final List<EmailAddress> replyTo = new ArrayList<>();
        private final List<EmailAddress> to = new ArrayList<>();
        private final List<EmailAddress> cc = new ArrayList<>();
        private final List<EmailAddress> bcc = new ArrayList<>();
        private String subject = "";
        private String text = "";
        private String html = "";
        private final Map<String, String> headers = new LinkedHashMap<>();
        private final Set<String> headerNames = new HashSet<>();
        private final List<Attachment> attachments = new ArrayList<>();
        private final List<String> tags = new ArrayList<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private Optional<Template> template = Optional.empty();
        private Optional<Instant> sendAt = Optional.empty();
        private Optional<Tracking> tracking = Optional.empty();
        private Optional<Unsubscribe> unsubscribe = Optional.empty();
        private Optional<RawMime> raw = Optional.empty();
        private String idempotencyKey = "";
        private Optional<Instant> notAfter = Optional.empty();
        private Optional<Duration> deadline = Optional.empty();
        private Ambiguity ambiguity = Ambiguity.STOP;
        private final List<String> onlyProviders = new ArrayList<>();
        private final List<String> deniedProviders = new ArrayList<>();
        private Optional<String> preferredProvider = Optional.empty();

        private Builder() {}

        /** Sets the sender. Required. */
        public Builder from(String address) {
            return from(parse("from", address));
        }

        /** Sets the sender. Required. */
        public Builder from(EmailAddress address) {
            from = Optional.of(address);
            return this;
        }

        /** Sets the address for bounces. */
        public Builder envelopeFrom(String address) {
            envelopeFrom = Optional.of(parse("envelopeFrom", address));
            return this;
        }

        /** Adds an address that answers go to. */
        public Builder replyTo(String address) {
            return replyTo(parse("replyTo", address));
        }

        /** Adds an address that answers go to. */
        public Builder replyTo(EmailAddress address) {
            replyTo.add(address);
            return this;
        }

        /** Adds a recipient. */
        public Builder to(String address) {
            return to(parse("to", address));
        }

        /** Adds a recipient. */
        public Builder to(EmailAddress address) {
            to.add(address);
            return this;
        }

        /** Adds a recipient of a copy. */
        public Builder cc(String address) {
            return cc(parse("cc", address));
        }

        /** Adds a recipient of a copy. */
        public Builder cc(EmailAddress address) {
            cc.add(address);
            return this;
        }

        /** Adds a recipient of a copy that nobody else sees. */
        public Builder bcc(String address) {
            return bcc(parse("bcc", address));
        }

        /** Adds a recipient of a copy that nobody else sees. */
        public Builder bcc(EmailAddress address) {
            bcc.add(address);
            return this;
        }

        /** Sets the subject, at most 998 characters. Empty by default. */
        public Builder subject(String value) {
            subject = HeaderText.check("subject", value);
            return this;
        }

        /** Sets the plain text. */
        public Builder text(String value) {
            text = value;
            return this;
        }

        /** Sets the HTML. */
        public Builder html(String value) {
            html = value;
            return this;
        }

        /** Adds a header. A name stands once, and not for a header that a field of the email or a provider writes. */
        public Builder header(String name, String value) {
            HeaderText.check("header name", name);
            if (!HEADER_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "header name needs 1 to 126 printable ASCII characters without a colon");
            }
            String lower = name.toLowerCase(Locale.ROOT);
            if (RESERVED_HEADERS.contains(lower) || lower.startsWith("content-")) {
                throw new IllegalArgumentException(
                        "header " + name + " is written by the email itself: use the field for it");
            }
            HeaderText.check("header " + name, value);
            if (!headerNames.add(lower)) {
                throw new IllegalArgumentException("header " + name + " stands twice");
            }
            headers.put(name, value);
            return this;
        }

        /** Adds a file. */
        public Builder attach(Attachment attachment) {
            attachments.add(attachment);
            return this;
        }

        /** Adds a label of at most 255 characters. */
        public Builder tag(String value) {
            HeaderText.checkNotEmpty("tag", value);
            HeaderText.check("tag", value, 255);
            if (tags.contains(value)) {
                throw new IllegalArgumentException("tag stands twice");
            }
            if (tags.size() == MAX_LABELS) {
                throw new IllegalArgumentException("tags: at most " + MAX_LABELS + " are allowed");
            }
            tags.add(value);
            return this;
        }

        /** Adds a pair that the provider returns with its events. */
        public Builder metadata(String key, String value) {
            HeaderText.checkNotEmpty("metadata key", key);
            HeaderText.check("metadata value", value);
            if (metadata.putIfAbsent(key, value) != null) {
                throw new IllegalArgumentException("metadata key stands twice");
            }
            if (metadata.size() > MAX_LABELS) {
                throw new IllegalArgumentException("metadata: at most " + MAX_LABELS + " pairs are allowed");
            }
            return this;
        }

        /** Sets the provider's template to fill in, instead of a body. */
        public Builder template(Template value) {
            template = Optional.of(value);
            return this;
        }

        /** Asks the provider to hold the email back until then. */
        public Builder sendAt(Instant time) {
            sendAt = Optional.of(time);
            return this;
        }

        /** Switches tracking of opens and clicks. By default the provider's account decides. */
        public Builder tracking(Tracking value) {
            tracking = Optional.of(value);
            return this;
        }

        /** Offers a one-click way out of a mailing. */
        public Builder unsubscribe(Unsubscribe value) {
            unsubscribe = Optional.of(value);
            return this;
        }

        /** Sets a complete message, instead of subject, texts, headers and attachments. */
        public Builder raw(RawMime message) {
            raw = Optional.of(message);
            return this;
        }

        /** Sets the key under which this email is to be sent once, at most 256 characters. None by default. */
        public Builder idempotencyKey(String key) {
            HeaderText.checkNotEmpty("idempotencyKey", key);
            idempotencyKey = HeaderText.check("idempotencyKey", key, 256);
            return this;
        }

        /** Sets the time after which the email is not worth sending. None by default. */
        public Builder notAfter(Instant time) {
            notAfter = Optional.of(time);
            return this;
        }

        /** Bounds how long sending may take, if shorter than what the service allows. */
        public Builder deadline(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("deadline is " + value + ": more than zero is needed");
            }
            deadline = Optional.of(value);
            return this;
        }

        /** Says what to do when nobody can tell whether it was accepted. {@link Ambiguity#STOP} by default. */
        public Builder onAmbiguity(Ambiguity value) {
            ambiguity = value;
            return this;
        }

        /** Adds providers to the only ones that may send it. */
        public Builder onlyProviders(String... names) {
            for (String name : names) {
                onlyProviders.add(providerName("onlyProviders", name));
            }
            return this;
        }

        /** Adds providers that may not send it. */
        public Builder notProviders(String... names) {
            for (String name : names) {
                deniedProviders.add(providerName("notProviders", name));
            }
            return this;
        }

        /** Names the provider to be tried first. The others stand by as ever. By default the routing decides. */
        public Builder preferProvider(String name) {
            preferredProvider = Optional.of(providerName("preferProvider", name));
            return this;
        }

        /** Returns the email. */
        public Email build() {
            return new Email(this);
        }

        private static String providerName(String field, String name) {
            if (!PROVIDER_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        field + " needs names of lower-case letters, digits and hyphens, such as ses-eu-west-1");
            }
            return name;
        }

        private static EmailAddress parse(String field, String address) {
            try {
                return EmailAddress.parse(address);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(field + ": " + e.getMessage());
            }
        }
    }
}
