package io.mailrouter.smtp;

import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmailBuilder;
import io.mailrouter.testkit.SmtpMail;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.address.AddressList;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;

/** Reads a message as its recipient's mail program would, with a MIME parser that is not ours. */
final class MimeReader {

    private static final Set<String> STANDARD =
            Set.of("from", "to", "cc", "reply-to", "subject", "date", "message-id", "mime-version");

    private MimeReader() {}

    static AcceptedEmail read(SmtpMail mail) {
        Message message = parsed(mail);
        AcceptedEmailBuilder email = AcceptedEmail.of(mail.content())
                .messageId(mail.messageId())
                .rawMime(mail.content())
                .envelopeFrom(mail.envelopeFrom())
                .subject(message.getSubject() == null ? "" : message.getSubject());
        if (message.getMessageId() != null) {
            String id = message.getMessageId().replaceAll("[<>]", "");
            email.reference(id.substring(0, id.indexOf('@')));
        }
        addresses(message, mail.recipients(), email);
        for (Field field : message.getHeader().getFields()) {
            String name = field.getName().toLowerCase(Locale.ROOT);
            if (!STANDARD.contains(name) && !name.startsWith("content-")) {
                email.header(field.getName(), DecoderUtil.decodeEncodedWords(field.getBody(), DecodeMonitor.SILENT));
            }
        }
        part(message, email);
        return email.build();
    }

    private static Message parsed(SmtpMail mail) {
        try {
            DefaultMessageBuilder builder = new DefaultMessageBuilder();
            builder.setMimeEntityConfig(
                    MimeConfig.custom().setMaxLineLen(-1).setMaxHeaderLen(-1).build());
            return builder.parseMessage(new ByteArrayInputStream(mail.content()));
        } catch (IOException e) {
            throw new AssertionError("not a MIME message", e);
        }
    }

    /** Whoever is a recipient and stands in no header has a blind copy. */
    private static void addresses(Message message, List<String> recipients, AcceptedEmailBuilder email) {
        List<String> blind = new ArrayList<>(recipients);
        if (message.getFrom() != null) {
            message.getFrom().forEach(from -> email.from(name(from), from.getAddress()));
        }
        for (Mailbox to : flat(message.getTo())) {
            email.to(name(to), to.getAddress());
            blind.remove(to.getAddress());
        }
        for (Mailbox cc : flat(message.getCc())) {
            email.cc(name(cc), cc.getAddress());
            blind.remove(cc.getAddress());
        }
        flat(message.getReplyTo()).forEach(to -> email.replyTo(name(to), to.getAddress()));
        blind.forEach(bcc -> email.bcc("", bcc));
    }

    private static Iterable<Mailbox> flat(AddressList list) {
        return list == null ? List.of() : list.flatten();
    }

    private static String name(Mailbox mailbox) {
        return mailbox.getName() == null ? "" : mailbox.getName();
    }

    private static void part(Entity entity, AcceptedEmailBuilder email) {
        if (entity.getBody() instanceof Multipart several) {
            several.getBodyParts().forEach(part -> part(part, email));
        } else if (entity.getFilename() != null) {
            file(entity, email);
        } else if ("text/html".equals(entity.getMimeType())) {
            email.html(new String(bytes(entity), StandardCharsets.UTF_8));
        } else {
            email.text(new String(bytes(entity), StandardCharsets.UTF_8));
        }
    }

    private static void file(Entity entity, AcceptedEmailBuilder email) {
        Field id = entity.getHeader().getField("Content-ID");
        if (id == null) {
            email.attachment(entity.getFilename(), entity.getMimeType(), bytes(entity));
        } else {
            email.inline(
                    id.getBody().replaceAll("[<> ]", ""), entity.getFilename(), entity.getMimeType(), bytes(entity));
        }
    }

    private static byte[] bytes(Entity entity) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ((SingleBody) entity.getBody()).writeTo(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new AssertionError("not a MIME part", e);
        }
    }
}
