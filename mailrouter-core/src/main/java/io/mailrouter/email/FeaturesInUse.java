package io.mailrouter.email;

import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What an email asks of whoever carries it. */
final class FeaturesInUse {

    private final Set<Feature> features = EnumSet.noneOf(Feature.class);

    private FeaturesInUse() {}

    static Set<Feature> of(Email email) {
        FeaturesInUse used = new FeaturesInUse();
        for (Attachment attachment : email.attachments()) {
            used.add(attachment.isInline() ? Feature.INLINE_ATTACHMENTS : Feature.ATTACHMENTS, true);
        }
        used.add(
                Feature.HEADERS,
                !email.headers().isEmpty() || email.unsubscribe().isPresent());
        used.add(Feature.TAGS, !email.tags().isEmpty());
        used.add(Feature.METADATA, !email.metadata().isEmpty());
        used.add(Feature.SEVERAL_REPLY_TO, email.replyTo().size() > 1);
        used.add(Feature.ENVELOPE_FROM, email.envelopeFrom().isPresent());
        used.add(Feature.TEMPLATE, email.template().isPresent());
        used.add(Feature.SEND_AT, email.sendAt().isPresent());
        used.add(Feature.TRACKING, email.tracking().isPresent());
        used.add(Feature.RAW_MIME, email.raw().isPresent());
        used.add(Feature.UNICODE_LOCAL_PART, hasUnicodeLocalPart(email));
        return Collections.unmodifiableSet(used.features);
    }

    private void add(Feature feature, boolean used) {
        if (used) {
            features.add(feature);
        }
    }

    private static boolean hasUnicodeLocalPart(Email email) {
        return email.from().hasUnicodeLocalPart()
                || email.envelopeFrom()
                        .filter(EmailAddress::hasUnicodeLocalPart)
                        .isPresent()
                || anyUnicode(email.replyTo())
                || anyUnicode(email.to())
                || anyUnicode(email.cc())
                || anyUnicode(email.bcc());
    }

    private static boolean anyUnicode(List<EmailAddress> addresses) {
        for (EmailAddress address : addresses) {
            if (address.hasUnicodeLocalPart()) {
                return true;
            }
        }
        return false;
    }
}
