package io.mailrouter.email;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Collects the parts of an {@link Email}. Not safe to share between threads.
 *
 * <p>Each method checks what it is given and throws an {@link IllegalArgumentException} that names the field and
 * what is wrong with it, never its value.
 */
public final class EmailBuilder {

    private static final int MAX_LABELS = 100;
    private static final int MAX_VARIABLES = 1_000;
    private static final int MAX_REPLY_TO = 100;
    private static final int MAX_HEADERS = 100;
    private static final int MAX_ATTACHMENTS = 1_000;
    private static final Pattern PROVIDER_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    Optional<EmailAddress> from = Optional.empty();
    Optional<EmailAddress> envelopeFrom = Optional.empty();
    final List<EmailAddress> replyTo = new ArrayList<>();
    final List<EmailAddress> to = new ArrayList<>();
    final List<EmailAddress> cc = new ArrayList<>();
    final List<EmailAddress> bcc = new ArrayList<>();
    String subject = "";
    String text = "";
    String html = "";
    final Map<String, String> variables = new LinkedHashMap<>();
    final Map<String, String> headers = new LinkedHashMap<>();
    private final Set<String> headerNames = new HashSet<>();
    final List<Attachment> attachments = new ArrayList<>();
    final List<String> tags = new ArrayList<>();
    final Map<String, String> metadata = new LinkedHashMap<>();
    Optional<Template> template = Optional.empty();
    Optional<Instant> sendAt = Optional.empty();
    Optional<Tracking> tracking = Optional.empty();
    Optional<Unsubscribe> unsubscribe = Optional.empty();
    Optional<RawMime> raw = Optional.empty();
    String idempotencyKey = "";
    Optional<Instant> notAfter = Optional.empty();
    Optional<Duration> deadline = Optional.empty();
    Optional<Ambiguity> ambiguity = Optional.empty();
    Optional<StoreFailure> storeFailure = Optional.empty();
    final List<String> onlyProviders = new ArrayList<>();
    final List<String> deniedProviders = new ArrayList<>();
    Optional<String> preferredProvider = Optional.empty();
    String routingKey = "";
    String trafficClass = "";
    final Map<Class<?>, ProviderOptions> options = new LinkedHashMap<>();

    EmailBuilder() {}

    /** Begins with all parts of another email but its recipients. */
    EmailBuilder(Email email) {
        from = Optional.of(email.from());
        envelopeFrom = email.envelopeFrom();
        replyTo.addAll(email.replyTo());
        subject = email.formLetter().map(FormLetter::subject).orElseGet(email::subject);
        text = email.formLetter().map(FormLetter::text).orElseGet(email::text);
        html = email.formLetter().map(FormLetter::html).orElseGet(email::html);
        email.formLetter().ifPresent(letter -> variables.putAll(letter.variables()));
        headers.putAll(email.headers());
        headers.keySet().forEach(name -> headerNames.add(name.toLowerCase(Locale.ROOT)));
        attachments.addAll(email.attachments());
        tags.addAll(email.tags());
        metadata.putAll(email.metadata());
        template = email.template();
        sendAt = email.sendAt();
        tracking = email.tracking();
        unsubscribe = email.unsubscribe();
        raw = email.raw();
        idempotencyKey = email.idempotencyKey();
        notAfter = email.notAfter();
        deadline = email.deadline();
        ambiguity = email.ambiguity();
        storeFailure = email.storeFailure();
        onlyProviders.addAll(email.onlyProviders());
        deniedProviders.addAll(email.deniedProviders());
        preferredProvider = email.preferredProvider();
        routingKey = email.routingKey();
        trafficClass = email.trafficClass();
        options.putAll(email.allOptions());
    }

    /** Sets the sender. Required. */
    public EmailBuilder from(String address) {
        return from(parse("from", address));
    }

    /** Sets the sender. Required. */
    public EmailBuilder from(EmailAddress address) {
        from = Optional.of(address);
        return this;
    }

    /** Sets the address for bounces. */
    public EmailBuilder envelopeFrom(String address) {
        envelopeFrom = Optional.of(parse("envelopeFrom", address));
        return this;
    }

    /** Adds an address that answers go to, one of at most 100. */
    public EmailBuilder replyTo(String address) {
        return replyTo(parse("replyTo", address));
    }

    /** Adds an address that answers go to, one of at most 100. */
    public EmailBuilder replyTo(EmailAddress address) {
        checkRoom("replyTo", replyTo.size(), MAX_REPLY_TO);
        replyTo.add(address);
        return this;
    }

    /** Adds a recipient. */
    public EmailBuilder to(String address) {
        return to(parse("to", address));
    }

    /** Adds a recipient. */
    public EmailBuilder to(EmailAddress address) {
        return recipient(to, address);
    }

    /** Adds a recipient of a copy. */
    public EmailBuilder cc(String address) {
        return cc(parse("cc", address));
    }

    /** Adds a recipient of a copy. */
    public EmailBuilder cc(EmailAddress address) {
        return recipient(cc, address);
    }

    /** Adds a recipient of a copy that nobody else sees. */
    public EmailBuilder bcc(String address) {
        return bcc(parse("bcc", address));
    }

    /** Adds a recipient of a copy that nobody else sees. */
    public EmailBuilder bcc(EmailAddress address) {
        return recipient(bcc, address);
    }

    /** Refused here and not in the end, so that a list without end costs no more than one that fits. */
    private EmailBuilder recipient(List<EmailAddress> field, EmailAddress address) {
        checkRoom("recipients, to, cc and bcc together", to.size() + cc.size() + bcc.size(), Email.MAX_RECIPIENTS);
        field.add(address);
        return this;
    }

    /** Sets the subject, at most 998 characters. Empty by default. */
    public EmailBuilder subject(String value) {
        subject = HeaderText.check("subject", value);
        return this;
    }

    /** Sets the plain text. */
    public EmailBuilder text(String value) {
        text = value;
        return this;
    }

    /** Sets the HTML. */
    public EmailBuilder html(String value) {
        html = value;
        return this;
    }

    /**
     * Adds a value that is filled in where subject, text or html hold its name in double braces, such as
     * <code>{{first_name}}</code>. It is data: never filled in again, escaped in the HTML. A placeholder without a value
     * is an error when the email is built; a value without a placeholder is not. Without any variable braces mean
     * nothing.
     *
     * @param name 1 to 64 letters, digits and underscores, and no digit first
     */
    public EmailBuilder variable(String name, String value) {
        FormLetter.checkVariable(name, value);
        if (variables.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("variable " + name + " stands twice");
        }
        if (variables.size() > MAX_VARIABLES) {
            throw new IllegalArgumentException("variables: at most " + MAX_VARIABLES + " are allowed");
        }
        return this;
    }

    /** Adds values as {@link #variable} does. */
    public EmailBuilder variables(Map<String, String> values) {
        values.forEach(this::variable);
        return this;
    }

    /** Adds a header, one of at most 100. A name stands once, and not for a header that a field of the email or a provider writes. */
    public EmailBuilder header(String name, String value) {
        String lower = HeaderName.checked(name);
        HeaderText.check("header " + name, value);
        checkRoom("headers", headers.size(), MAX_HEADERS);
        if (!headerNames.add(lower)) {
            throw new IllegalArgumentException("header " + name + " stands twice");
        }
        headers.put(name, value);
        return this;
    }

    /** Adds a file, one of at most 1,000. */
    public EmailBuilder attach(Attachment attachment) {
        checkRoom("attachments", attachments.size(), MAX_ATTACHMENTS);
        attachments.add(attachment);
        return this;
    }

    /** Adds a label of at most 255 characters, one of at most 100. */
    public EmailBuilder tag(String value) {
        HeaderText.checkNotEmpty("tag", value);
        HeaderText.check("tag", value, 255);
        if (tags.contains(value)) {
            throw new IllegalArgumentException("tag stands twice");
        }
        checkRoom("tags", tags.size(), MAX_LABELS);
        tags.add(value);
        return this;
    }

    /** Adds a pair that the provider returns with its events, one of at most 100. */
    public EmailBuilder metadata(String key, String value) {
        HeaderText.checkNotEmpty("metadata key", key);
        HeaderText.check("metadata value", value);
        checkRoom("metadata pairs", metadata.size(), MAX_LABELS);
        if (metadata.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException("metadata key stands twice");
        }
        return this;
    }

    /** Sets the provider's template to fill in, instead of a body. */
    public EmailBuilder template(Template value) {
        template = Optional.of(value);
        return this;
    }

    /** Asks the provider to hold the email back until then. */
    public EmailBuilder sendAt(Instant time) {
        sendAt = Optional.of(time);
        return this;
    }

    /** Switches tracking of opens and clicks. By default the provider's account decides. */
    public EmailBuilder tracking(Tracking value) {
        tracking = Optional.of(value);
        return this;
    }

    /** Offers a one-click way out of a mailing. */
    public EmailBuilder unsubscribe(Unsubscribe value) {
        unsubscribe = Optional.of(value);
        return this;
    }

    /** Sets a complete message, instead of subject, texts, headers and attachments. */
    public EmailBuilder raw(RawMime message) {
        raw = Optional.of(message);
        return this;
    }

    /** Sets the key under which this email is to be sent once, at most 256 characters. None by default. */
    public EmailBuilder idempotencyKey(String key) {
        idempotencyKey = HeaderText.check("idempotencyKey", HeaderText.checkNotEmpty("idempotencyKey", key), 256);
        return this;
    }

    /** Sets the time after which the email is not worth sending. None by default. */
    public EmailBuilder notAfter(Instant time) {
        notAfter = Optional.of(time);
        return this;
    }

    /** Bounds how long sending may take, if shorter than what the service allows. */
    public EmailBuilder deadline(Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException("deadline is " + value + ": more than zero is needed");
        }
        deadline = Optional.of(value);
        return this;
    }

    /** Says what to do when nobody can tell whether it was accepted. By default as the service says. */
    public EmailBuilder onAmbiguity(Ambiguity value) {
        ambiguity = Optional.of(value);
        return this;
    }

    /**
     * Says what to do when the store that knows whether its key was sent cannot be asked. By default as the service says;
     * means nothing without an idempotency key.
     */
    public EmailBuilder onStoreFailure(StoreFailure value) {
        storeFailure = Optional.of(value);
        return this;
    }

    /** Adds providers to the only ones that may send it. */
    public EmailBuilder onlyProviders(String... names) {
        for (String name : names) {
            onlyProviders.add(providerName("onlyProviders", name));
        }
        return this;
    }

    /** Adds providers that may not send it. */
    public EmailBuilder notProviders(String... names) {
        for (String name : names) {
            deniedProviders.add(providerName("notProviders", name));
        }
        return this;
    }

    /** Names the provider to be tried first. The others stand by as ever. By default the routing decides. */
    public EmailBuilder preferProvider(String name) {
        preferredProvider = Optional.of(providerName("preferProvider", name));
        return this;
    }

    /** Sets what keeps emails together at one provider where the routing goes by it, at most 256 characters. None by default. */
    public EmailBuilder routingKey(String key) {
        routingKey = HeaderText.check("routingKey", HeaderText.checkNotEmpty("routingKey", key), 256);
        return this;
    }

    /** Sets what kind of email it is to the routing, such as {@code bulk}, at most 64 characters. None by default. */
    public EmailBuilder trafficClass(String name) {
        trafficClass = HeaderText.check("trafficClass", HeaderText.checkNotEmpty("trafficClass", name), 64);
        return this;
    }

    /** Adds what only one kind of provider understands; one of each type. */
    public EmailBuilder options(ProviderOptions value) {
        if (options.putIfAbsent(value.getClass(), value) != null) {
            throw new IllegalArgumentException("options: " + value.getClass().getSimpleName() + " stand twice");
        }
        return this;
    }

    /** Returns the email. */
    public Email build() {
        return new Email(this);
    }

    private static void checkRoom(String field, int size, int max) {
        if (size >= max) {
            throw new IllegalArgumentException(field + ": at most " + max + " are allowed");
        }
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
