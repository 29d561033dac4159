package io.mailrouter.sendgrid;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Capabilities;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What mail/send can carry, so that an email that does not fit goes elsewhere before any call. */
final class SendGridLimits {

    private static final int MAX_RECIPIENTS = 1_000;
    /** "Less than 30 MB"; whether a megabyte is meant as 10^6 or 2^20 bytes is not said, so the smaller one. */
    private static final long MAX_BYTES = 30_000_000 - 1;

    private static final int MAX_CATEGORIES = 10;
    private static final int MAX_CUSTOM_ARGS = 10_000;
    /** What the reference takes: at most 64 characters, its name, quotes, colon and comma. */
    private static final int REFERENCE_BYTES = 64 + 11;

    private static final Duration MAX_DELAY = Duration.ofDays(3);

    private SendGridLimits() {}

    static Capabilities capabilities(InstantSource clock) {
        return Capabilities.builder()
                .features(
                        Feature.ATTACHMENTS,
                        Feature.INLINE_ATTACHMENTS,
                        Feature.HEADERS,
                        Feature.TAGS,
                        Feature.METADATA,
                        Feature.SEVERAL_REPLY_TO,
                        Feature.TEMPLATE,
                        Feature.SEND_AT,
                        Feature.TRACKING)
                .maxRecipients(MAX_RECIPIENTS)
                .maxBytes(MAX_BYTES)
                .honoursDeadline()
                .needs("at least one recipient in to", email -> !email.to().isEmpty())
                .needs("each recipient once in to, cc and bcc together", SendGridLimits::recipientsDiffer)
                .needs("each address to reply to once", email -> email.replyTo().size() < 2 || differ(email.replyTo()))
                .needs("display names without semicolon and comma", SendGridLimits::namesFit)
                .needs("at most 10 tags", email -> email.tags().size() <= MAX_CATEGORIES)
                .needs(
                        "metadata without the key mr_id and, with it, of at most 10000 bytes as JSON",
                        SendGridLimits::metadataFits)
                .needs("header values of printable ASCII", SendGridLimits::headersAreAscii)
                .needs(
                        "one source of the List-Unsubscribe headers: headers, unsubscribe or an unsubscribe group",
                        SendGridLimits::unsubscribesOnce)
                .needs("a subject or a template, and not both", SendGridLimits::hasOneSubject)
                .needs("a dynamic template, whose id begins with d-", SendGridLimits::templateIsDynamic)
                .needs("attachments that are not empty", SendGridLimits::filesHaveContent)
                .needs("attachments whose name and type hold no semicolon and no comma", SendGridLimits::filesArePlain)
                .needs(
                        "a time to send at within 72 hours",
                        email -> email.sendAt()
                                .map(time -> sendAt(time)
                                        <= clock.instant().plus(MAX_DELAY).getEpochSecond())
                                .orElse(true))
                .build();
    }

    private static boolean recipientsDiffer(Email email) {
        return email.recipientCount() == 1 || differ(email.to(), email.cc(), email.bcc());
    }

    @SafeVarargs
    private static boolean differ(List<EmailAddress>... lists) {
        Set<String> seen = new HashSet<>();
        for (List<EmailAddress> addresses : lists) {
            for (EmailAddress address : addresses) {
                if (!seen.add(address.address().toLowerCase(Locale.ROOT))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean namesFit(Email email) {
        return hasNoSeparator(email.from().name())
                && namesFit(email.replyTo())
                && namesFit(email.to())
                && namesFit(email.cc())
                && namesFit(email.bcc());
    }

    private static boolean namesFit(List<EmailAddress> addresses) {
        for (EmailAddress address : addresses) {
            if (!hasNoSeparator(address.name())) {
                return false;
            }
        }
        return true;
    }

    private static boolean metadataFits(Email email) {
        int bytes = 2 + REFERENCE_BYTES;
        for (Map.Entry<String, String> pair : email.metadata().entrySet()) {
            bytes += jsonBytes(pair.getKey()) + jsonBytes(pair.getValue()) + 2;
        }
        return bytes <= MAX_CUSTOM_ARGS && !email.metadata().containsKey(SendGridRequest.REFERENCE);
    }

    private static int jsonBytes(String text) {
        int bytes = 2;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escaped = c == '"' || c == '\\';
            // Half of a surrogate pair is half of four bytes.
            bytes += c < 0x80 ? (escaped ? 2 : 1) : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    private static boolean headersAreAscii(Email email) {
        for (String value : email.headers().values()) {
            if (!isPrintable(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static boolean unsubscribesOnce(Email email) {
        int sources =
                (unsubscribesByHeader(email) ? 1 : 0) + (email.unsubscribe().isPresent() ? 1 : 0);
        boolean group = email.options(SendGridOptions.class)
                .map(options -> options.unsubscribeGroup.isPresent())
                .orElse(false);
        return sources + (group ? 1 : 0) <= 1;
    }

    private static boolean unsubscribesByHeader(Email email) {
        for (String name : email.headers().keySet()) {
            if (name.toLowerCase(Locale.ROOT).startsWith("list-unsubscribe")) {
                return true;
            }
        }
        return false;
    }

    private static boolean filesHaveContent(Email email) {
        for (Attachment file : email.attachments()) {
            if (file.size() == 0) {
                return false;
            }
        }
        return true;
    }

    /** By the service's list of its errors, it answers 400 to a separator in either, so to a type with a parameter too. */
    private static boolean filesArePlain(Email email) {
        for (Attachment file : email.attachments()) {
            if (!hasNoSeparator(file.name()) || !hasNoSeparator(file.type())) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasNoSeparator(String text) {
        return text.indexOf(';') < 0 && text.indexOf(',') < 0;
    }

    /** The second at which the service may send: it knows no fractions, and must not be early. */
    static long sendAt(Instant time) {
        return time.getNano() == 0 ? time.getEpochSecond() : time.getEpochSecond() + 1;
    }

    private static boolean hasOneSubject(Email email) {
        return email.subject().isEmpty() == email.template().isPresent();
    }

    private static boolean templateIsDynamic(Email email) {
        return email.template().map(template -> template.id().startsWith("d-")).orElse(true);
    }
}
