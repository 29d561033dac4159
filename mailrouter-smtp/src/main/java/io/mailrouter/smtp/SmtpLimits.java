package io.mailrouter.smtp;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.Feature;
import io.mailrouter.email.RawMime;
import io.mailrouter.provider.Capabilities;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a message on SMTP can carry, so that an email that does not fit goes elsewhere before any call. */
final class SmtpLimits {

    private static final int MAX_LINE = 998;
    private static final int MAX_WORD = 900;
    private static final Pattern ASCII = Pattern.compile("[ -~]{1," + MAX_WORD + "}");

    private SmtpLimits() {}

    /**
     * @param extensions what the server offered last
     * @param maxBytes what holds where it names no limit
     */
    static Capabilities capabilities(Extensions extensions, long maxBytes, int maxRecipients) {
        Capabilities.Builder capabilities = Capabilities.builder()
                .features(
                        Feature.ATTACHMENTS,
                        Feature.INLINE_ATTACHMENTS,
                        Feature.HEADERS,
                        Feature.SEVERAL_REPLY_TO,
                        Feature.ENVELOPE_FROM,
                        Feature.RAW_MIME)
                .maxRecipients(maxRecipients)
                .maxBytes(extensions.maxBytes() > 0 ? extensions.maxBytes() : maxBytes)
                .honoursDeadline()
                .needs("the List-Unsubscribe headers from unsubscribe only", SmtpLimits::unsubscribesOnce)
                .needs(
                        "an unsubscribe address of at most 900 characters",
                        email -> email.unsubscribe()
                                .map(way -> way.listUnsubscribe().length() <= MAX_WORD)
                                .orElse(true))
                .needs(
                        "content ids of at most 900 characters",
                        email -> email.attachments().stream()
                                .allMatch(file -> file.contentId().length() <= MAX_WORD))
                .needs("attachments of an ASCII type that holds no parts of its own", SmtpLimits::typesFit)
                .needs("a raw message of lines of at most 998 bytes without NUL", SmtpLimits::linesFit);
        if (extensions.utf8()) {
            capabilities.features(Feature.UNICODE_LOCAL_PART);
        }
        return capabilities.build();
    }

    private static boolean unsubscribesOnce(Email email) {
        return email.unsubscribe().isEmpty()
                || email.headers().keySet().stream()
                        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("list-unsubscribe"));
    }

    /** Such a type may not be in base64 (RFC 2046 section 5), and its lines are not ours to change. */
    private static boolean typesFit(Email email) {
        return email.attachments().stream().map(Attachment::type).allMatch(type -> {
            String lower = type.toLowerCase(Locale.ROOT);
            return ASCII.matcher(type).matches()
                    && !type.contains("=?")
                    && !lower.startsWith("multipart/")
                    && !lower.startsWith("message/");
        });
    }

    private static boolean linesFit(Email email) {
        return email.raw().map(RawMime::content).map(SmtpLimits::linesFit).orElse(true);
    }

    private static boolean linesFit(ByteBuffer raw) {
        int column = 0;
        while (raw.hasRemaining()) {
            byte b = raw.get();
            column = b == '\r' || b == '\n' ? 0 : column + 1;
            if (column > MAX_LINE || b == 0) {
                return false;
            }
        }
        return true;
    }
}
