package io.mailrouter.idempotency;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Unsubscribe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A digest of what an email's recipients get: two emails with one key must have the same.
 *
 * <p>How an email is sent is left out: tags, metadata, tracking, options, sendAt, notAfter, deadline, ambiguity,
 * storeFailure and the choice of providers may differ between a first send and its repetition. The form is the same on every machine and in
 * every version: {@code 1:} and, in hexadecimal, the SHA-256 of these fields in this order, each as its name, the number
 * of its values in four bytes (big-endian), and the values; names and values as their length in bytes (four bytes) and
 * the bytes, texts in UTF-8, absent texts as no value.
 *
 * <pre>
 *   from, envelopeFrom, replyTo, to, cc, bcc     for each address its display name and local@domain
 *   subject, text, html
 *   headers       name in lower case and value of each, in the order of the names
 *   unsubscribe   the URL in ASCII
 *   attachments   file name, type, content id and content of each
 *   template      the id; then name and value of each variable, in the order of the names
 *   raw           the message
 * </pre>
 */
public final class Fingerprint {

    private static final String VERSION = "1:";

    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(4);

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    /** Returns an email's fingerprint: 66 characters, nothing personal. Takes time in proportion to the email's size. */
    public static String of(Email email) {
        Fingerprint print = new Fingerprint();
        print.addresses("from", List.of(email.from()));
        print.addresses("envelopeFrom", email.envelopeFrom().stream().toList());
        print.addresses("replyTo", email.replyTo());
        print.addresses("to", email.to());
        print.addresses("cc", email.cc());
        print.addresses("bcc", email.bcc());
        print.text("subject", email.subject());
        print.text("text", email.text());
        print.text("html", email.html());
        print.headers(email.headers());
        print.text(
                "unsubscribe",
                email.unsubscribe()
                        .map(Unsubscribe::url)
                        .map(url -> url.toASCIIString())
                        .orElse(""));
        print.attachments(email.attachments());
        print.template(email.template().stream().toList());
        print.raw(email.raw().stream().toList());
        return VERSION + HexFormat.of().formatHex(print.digest.digest());
    }

    private void addresses(String name, List<EmailAddress> addresses) {
        field(name, 2 * addresses.size());
        for (EmailAddress address : addresses) {
            value(address.name());
            value(address.address());
        }
    }

    private void text(String name, String text) {
        field(name, text.isEmpty() ? 0 : 1);
        if (!text.isEmpty()) {
            value(text);
        }
    }

    private void headers(Map<String, String> headers) {
        Map<String, String> sorted = new TreeMap<>();
        headers.forEach((name, value) -> sorted.put(name.toLowerCase(Locale.ROOT), value));
        field("headers", 2 * sorted.size());
        pairs(sorted);
    }

    private void attachments(List<Attachment> attachments) {
        field("attachments", 4 * attachments.size());
        for (Attachment attachment : attachments) {
            value(attachment.name());
            value(attachment.type());
            value(attachment.contentId());
            value(attachment.content());
        }
    }

    private void template(List<Template> one) {
        int values = one.stream().mapToInt(t -> 1 + 2 * t.variables().size()).sum();
        field("template", values);
        for (Template template : one) {
            value(template.id());
            pairs(new TreeMap<>(template.variables()));
        }
    }

    private void raw(List<RawMime> one) {
        field("raw", one.size());
        one.forEach(message -> value(message.content()));
    }

    private void pairs(Map<String, String> pairs) {
        pairs.entrySet().stream()
                .flatMap(pair -> Stream.of(pair.getKey(), pair.getValue()))
                .forEach(this::value);
    }

    private void field(String name, int values) {
        value(name);
        number(values);
    }

    private void value(String text) {
        value(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void value(ByteBuffer bytes) {
        number(bytes.remaining());
        digest.update(bytes);
    }

    private void number(int value) {
        digest.update(number.clear().putInt(value).flip());
    }
}
