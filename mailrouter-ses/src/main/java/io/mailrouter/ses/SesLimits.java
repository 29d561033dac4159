package io.mailrouter.ses;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Capabilities;
import java.util.Locale;
import java.util.Map;

/** What SendEmail can carry, so that an email that does not fit goes elsewhere before any call. */
final class SesLimits {

    private static final int MAX_RECIPIENTS = 50;
    /** 40 MB "after base64"; whether a megabyte is meant as 10^6 or 2^20 bytes is not said, so the smaller one. */
    private static final long MAX_BYTES = 40_000_000;

    private static final int MAX_HEADERS = 15;
    private static final int MAX_FILE_NAME = 255;
    private static final int MAX_FILE_LABEL = 78;
    private static final int MAX_TEMPLATE_DATA = 262_144;
    private static final int MAX_TAG = 256;
    private static final int MAX_HEADER_VALUE = 995;

    private SesLimits() {}

    static Capabilities capabilities() {
        return Capabilities.builder()
                .features(
                        Feature.ATTACHMENTS,
                        Feature.INLINE_ATTACHMENTS,
                        Feature.HEADERS,
                        Feature.TAGS,
                        Feature.METADATA,
                        Feature.SEVERAL_REPLY_TO,
                        Feature.ENVELOPE_FROM,
                        Feature.TEMPLATE,
                        Feature.TRACKING,
                        Feature.RAW_MIME)
                .maxRecipients(MAX_RECIPIENTS)
                .maxBytes(MAX_BYTES)
                .honoursDeadline()
                .needs("tags of at most 252 letters, digits, hyphens and underscores", SesLimits::tagsFit)
                .needs(
                        "metadata of at most 256 letters, digits, hyphens and underscores, with no key that is mr_id or"
                                + " begins with tag_",
                        SesLimits::metadataFits)
                .needs("at most 15 headers, List-Unsubscribe and List-Unsubscribe-Post included", SesLimits::headersFit)
                .needs("headers of printable ASCII, with values of 1 to 995 characters", SesLimits::headersAreAscii)
                .needs("the List-Unsubscribe headers from unsubscribe only", SesLimits::unsubscribesOnce)
                .needs(
                        "attachments with names of at most 255, types and content ids of at most 78 characters",
                        SesLimits::filesFit)
                .needs(
                        "no subject besides a template, which has its own",
                        email -> email.template().isEmpty() || email.subject().isEmpty())
                .needs("template variables of at most 262144 characters as JSON", SesLimits::templateFits)
                .build();
    }

    private static boolean tagsFit(Email email) {
        for (String tag : email.tags()) {
            if (tag.length() > MAX_TAG - SesRequest.TAG_PREFIX.length() || !isWord(tag)) {
                return false;
            }
        }
        return true;
    }

    private static boolean metadataFits(Email email) {
        for (Map.Entry<String, String> pair : email.metadata().entrySet()) {
            String key = pair.getKey();
            if (key.equals(SesRequest.REFERENCE)
                    || key.startsWith(SesRequest.TAG_PREFIX)
                    || !isTag(key)
                    || !isTag(pair.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isTag(String text) {
        return !text.isEmpty() && text.length() <= MAX_TAG && isWord(text);
    }

    private static boolean isWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static boolean headersFit(Email email) {
        return email.headers().size() + (email.unsubscribe().isPresent() ? 2 : 0) <= MAX_HEADERS;
    }

    /** The names are so by themselves: an email takes no others. */
    private static boolean headersAreAscii(Email email) {
        for (String value : email.headers().values()) {
            if (!isHeaderValue(value)) {
                return false;
            }
        }
        return email.unsubscribe()
                .map(unsubscribe -> isHeaderValue(unsubscribe.listUnsubscribe()))
                .orElse(true);
    }

    private static boolean isHeaderValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return !text.isEmpty() && text.length() <= MAX_HEADER_VALUE;
    }

    private static boolean unsubscribesOnce(Email email) {
        if (email.unsubscribe().isPresent()) {
            for (String name : email.headers().keySet()) {
                if (name.toLowerCase(Locale.ROOT).startsWith("list-unsubscribe")) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean filesFit(Email email) {
        for (Attachment file : email.attachments()) {
            if (file.name().length() > MAX_FILE_NAME
                    || file.type().length() > MAX_FILE_LABEL
                    || file.contentId().length() > MAX_FILE_LABEL) {
                return false;
            }
        }
        return true;
    }

    private static boolean templateFits(Email email) {
        return email.template()
                .map(template -> JsonText.object(template.variables()).length() <= MAX_TEMPLATE_DATA)
                .orElse(true);
    }
}
