package io.mailrouter.ses;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.provider.Capabilities;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** What SendEmail can carry, so that an email that does not fit goes elsewhere before any call. */
final class SesLimits {

    private static final int MAX_RECIPIENTS = 50;
    /** 40 MB "after base64"; whether a megabyte is meant as 10^6 or 2^20 bytes is not said, so the smaller one. */
    private static final long MAX_BYTES = 40_000_000;

    private static final int MAX_HEADERS = 15;
    private static final int MAX_FILE_NAME = 255;
    private static final int MAX_FILE_LABEL = 78;
    private static final int MAX_TEMPLATE_DATA = 262_144;
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_-]{1,256}");
    private static final Pattern HEADER_NAME = Pattern.compile("[!-9;-~]{1,126}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[ -~]{1,995}");

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
                .needs(
                        "headers of printable ASCII, names of at most 126 and values of 1 to 995 characters",
                        SesLimits::headersAreAscii)
                .needs("the List-Unsubscribe headers from unsubscribe only", SesLimits::unsubscribesOnce)
                .needs(
                        "attachments with names of at most 255, types and content ids of at most 78 characters",
                        email -> email.attachments().stream().allMatch(SesLimits::fits))
                .needs(
                        "no subject besides a template, which has its own",
                        email -> email.template().isEmpty() || email.subject().isEmpty())
                .needs("template variables of at most 262144 characters as JSON", SesLimits::templateFits)
                .build();
    }

    private static boolean tagsFit(Email email) {
        return email.tags().stream()
                .allMatch(tag -> TAG.matcher(SesRequest.TAG_PREFIX + tag).matches());
    }

    private static boolean metadataFits(Email email) {
        for (Map.Entry<String, String> pair : email.metadata().entrySet()) {
            String key = pair.getKey();
            if (key.equals(SesRequest.REFERENCE)
                    || key.startsWith(SesRequest.TAG_PREFIX)
                    || !TAG.matcher(key).matches()
                    || !TAG.matcher(pair.getValue()).matches()) {
                return false;
            }
        }
        return true;
    }

    private static boolean headersFit(Email email) {
        return email.headers().size() + (email.unsubscribe().isPresent() ? 2 : 0) <= MAX_HEADERS;
    }

    private static boolean headersAreAscii(Email email) {
        boolean own = email.headers().entrySet().stream()
                .allMatch(header -> HEADER_NAME.matcher(header.getKey()).matches()
                        && HEADER_VALUE.matcher(header.getValue()).matches());
        return own
                && email.unsubscribe()
                        .map(unsubscribe -> HEADER_VALUE
                                .matcher(unsubscribe.listUnsubscribe())
                                .matches())
                        .orElse(true);
    }

    private static boolean unsubscribesOnce(Email email) {
        return email.unsubscribe().isEmpty()
                || email.headers().keySet().stream()
                        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("list-unsubscribe"));
    }

    private static boolean fits(Attachment attachment) {
        return attachment.name().length() <= MAX_FILE_NAME
                && attachment.type().length() <= MAX_FILE_LABEL
                && attachment.contentId().length() <= MAX_FILE_LABEL;
    }

    private static boolean templateFits(Email email) {
        return email.template()
                .map(template -> JsonText.object(template.variables()).length() <= MAX_TEMPLATE_DATA)
                .orElse(true);
    }
}
