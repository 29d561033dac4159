package io.mailrouter.testkit;

import io.mailrouter.email.Tracking;
import io.mailrouter.testkit.AcceptedEmail.File;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** An {@link AcceptedEmail} while its request is read. */
final class Draft {

    String messageId;
    final byte[] requestBody;
    Mailbox from = new Mailbox("", "");
    String envelopeFrom = "";
    List<Mailbox> replyTo = List.of();
    List<Mailbox> to = List.of();
    List<Mailbox> cc = List.of();
    List<Mailbox> bcc = List.of();
    String subject = "";
    String text = "";
    String html = "";
    final Map<String, String> headers = new LinkedHashMap<>();
    final List<File> attachments = new ArrayList<>();
    final List<String> tags = new ArrayList<>();
    final Map<String, String> metadata = new LinkedHashMap<>();
    String reference = "";
    String templateId = "";
    Map<String, String> variables = Map.of();
    Optional<Instant> sendAt = Optional.empty();
    Optional<Tracking> tracking = Optional.empty();
    String configurationSet = "";
    byte[] rawMime = new byte[0];

    Draft(String messageId, byte[] requestBody) {
        this.messageId = messageId;
        this.requestBody = requestBody;
    }

    int recipients() {
        return to.size() + cc.size() + bcc.size();
    }

    void attach(String name, String type, String disposition, String contentId, String base64) throws Refusal {
        boolean inline = "inline".equals(disposition.toLowerCase(Locale.ROOT));
        attachments.add(new File(name, type, inline, contentId, base64("attachment", base64)));
    }

    static byte[] base64(String field, String base64) throws Refusal {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new Refusal(field + " is not base64");
        }
    }
}
