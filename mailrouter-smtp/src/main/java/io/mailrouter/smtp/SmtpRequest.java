package io.mailrouter.smtp;

import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.RawMime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Turns an email into an envelope and a message.
 *
 * <p>The reference becomes the Message-ID, so that all attempts of one send carry the same. Blind copies stand in the
 * envelope only.
 */
final class SmtpRequest {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private static final int REFERENCE_IN_BOUNDARY = 40;

    private final String sender;
    private final List<EmailAddress> everyone;
    private final List<String> recipients;
    private final boolean unicodeAddresses;
    private final boolean eightBit;
    private final Content content;

    /** A buffer that hands out its bytes without a copy. */
    private static final class Content extends ByteArrayOutputStream {

        Content(long size) {
            super(Math.toIntExact(Math.min(size, Integer.MAX_VALUE / 2)));
        }

        boolean hasEightBit() {
            for (int i = 0; i < count; i++) {
                if (buf[i] < 0) {
                    return true;
                }
            }
            return false;
        }
    }

    private SmtpRequest(Email email, Content content) {
        this.sender = email.envelopeFrom().orElse(email.from()).address();
        this.everyone = Stream.of(email.to(), email.cc(), email.bcc())
                .flatMap(List::stream)
                .toList();
        this.recipients =
                everyone.stream().map(EmailAddress::address).distinct().toList();
        this.unicodeAddresses = Stream.concat(
                        Stream.concat(everyone.stream(), email.replyTo().stream()),
                        Stream.concat(Stream.of(email.from()), email.envelopeFrom().stream()))
                .anyMatch(EmailAddress::hasUnicodeLocalPart);
        this.content = content;
        this.eightBit = content.hasEightBit();
    }

    /** @param now goes into the header Date */
    static SmtpRequest of(Email email, String reference, Instant now) {
        Content content = new Content(email.encodedSize() + 4096);
        try {
            if (email.raw().isPresent()) {
                writeRaw(email.raw().get(), content);
            } else {
                content.write(header(email, reference, now));
                body(email, reference).writeTo(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
        return new SmtpRequest(email, content);
    }

    /** Brings line ends to CRLF, for a bare one is a second message to some servers. */
    private static void writeRaw(RawMime raw, OutputStream out) throws IOException {
        byte[] bytes = new byte[raw.size()];
        raw.content().get(bytes);
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\r' || bytes[i] == '\n') {
                out.write(bytes, start, i - start);
                out.write('\r');
                out.write('\n');
                boolean pair = bytes[i] == '\r' && i + 1 < bytes.length && bytes[i + 1] == '\n';
                i += pair ? 1 : 0;
                start = i + 1;
            }
        }
        out.write(bytes, start, bytes.length - start);
    }

    private static byte[] header(Email email, String reference, Instant now) {
        HeaderFields fields =
                new HeaderFields().word("Date", DATE.format(now)).mailboxes("From", List.of(email.from()));
        if (!email.replyTo().isEmpty()) {
            fields.mailboxes("Reply-To", email.replyTo());
        }
        if (!email.to().isEmpty()) {
            fields.mailboxes("To", email.to());
        } else if (email.cc().isEmpty()) {
            fields.word("To", "undisclosed-recipients:;");
        }
        if (!email.cc().isEmpty()) {
            fields.mailboxes("Cc", email.cc());
        }
        fields.text("Subject", email.subject())
                .word("Message-ID", "<" + reference + "@" + email.from().domain() + ">")
                .word("MIME-Version", "1.0");
        for (Map.Entry<String, String> header : email.headers().entrySet()) {
            fields.text(header.getKey(), header.getValue());
        }
        email.unsubscribe()
                .ifPresent(unsubscribe -> fields.word("List-Unsubscribe", unsubscribe.listUnsubscribe())
                        .word("List-Unsubscribe-Post", unsubscribe.listUnsubscribePost()));
        return fields.bytes();
    }

    private static MimePart body(Email email, String reference) {
        String boundary =
                MimePart.BOUNDARY + reference.substring(0, Math.min(reference.length(), REFERENCE_IN_BOUNDARY));
        List<MimePart> shown = files(email, true);
        List<MimePart> all = new ArrayList<>();
        if (email.html().isEmpty()) {
            all.add(MimeText.of("plain", email.text()));
            all.addAll(shown);
        } else {
            MimePart html = together("related", boundary + "-3", MimeText.of("html", email.html()), shown);
            all.add(
                    email.text().isEmpty()
                            ? html
                            : together(
                                    "alternative", boundary + "-2", MimeText.of("plain", email.text()), List.of(html)));
        }
        all.addAll(files(email, false));
        return together("mixed", boundary + "-1", all.get(0), all.subList(1, all.size()));
    }

    private static MimePart together(String subtype, String boundary, MimePart first, List<MimePart> others) {
        if (others.isEmpty()) {
            return first;
        }
        List<MimePart> parts = new ArrayList<>();
        parts.add(first);
        parts.addAll(others);
        return new MimeParts(subtype, boundary, List.copyOf(parts));
    }

    private static List<MimePart> files(Email email, boolean inline) {
        return email.attachments().stream()
                .filter(file -> file.isInline() == inline)
                .<MimePart>map(MimeFile::new)
                .toList();
    }

    /** Returns the address for bounces. */
    String sender() {
        return sender;
    }

    /** Returns the addresses to hand over, each once. */
    List<String> recipients() {
        return recipients;
    }

    /** Returns all who have this address, with whatever name and in whatever field. */
    List<EmailAddress> named(String address) {
        return everyone.stream().filter(one -> one.address().equals(address)).toList();
    }

    /** Says whether an address needs SMTPUTF8. */
    boolean hasUnicodeAddresses() {
        return unicodeAddresses;
    }

    /** Says whether the message needs 8BITMIME. */
    boolean isEightBit() {
        return eightBit;
    }

    /** Returns the number of bytes of the message. */
    int size() {
        return content.size();
    }

    /** Writes the message, all lines with CRLF at their ends. */
    void writeTo(OutputStream out) throws IOException {
        content.writeTo(out);
    }

    /** Returns counts only. */
    @Override
    public String toString() {
        return "SmtpRequest[" + recipients.size() + " recipients, " + size() + " bytes]";
    }
}
