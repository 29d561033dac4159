package io.mailrouter.testkit;

import java.util.List;

/**
 * A message that {@link LoopbackSmtp} took, with its envelope.
 *
 * <p>Immutable.
 */
public final class SmtpMail {

    private final String messageId;
    private final String envelopeFrom;
    private final String parameters;
    private final List<String> recipients;
    private final byte[] content;
    private final byte[] wire;

    SmtpMail(String messageId, SmtpEnvelope envelope, byte[] content, byte[] wire) {
        this.messageId = messageId;
        this.envelopeFrom = envelope.from();
        this.parameters = envelope.parameters();
        this.recipients = List.copyOf(envelope.recipients());
        this.content = content;
        this.wire = wire;
    }

    /** Returns the id that the server answered with. */
    public String messageId() {
        return messageId;
    }

    /** Returns the address of MAIL FROM. */
    public String envelopeFrom() {
        return envelopeFrom;
    }

    /** Returns what stood behind the address of MAIL FROM, such as {@code SIZE=1000}. */
    public String parameters() {
        return parameters;
    }

    /** Returns the addresses of RCPT TO that were not refused, in their order. */
    public List<String> recipients() {
        return recipients;
    }

    /** Returns a copy of the message, without the dots that SMTP adds. */
    public byte[] content() {
        return content.clone();
    }

    /** Returns a copy of the bytes as they came, from the first behind DATA to the line before the final dot. */
    public byte[] wire() {
        return wire.clone();
    }

    /** Returns the id and counts only. */
    @Override
    public String toString() {
        return "SmtpMail[" + messageId + ", " + recipients.size() + " recipients]";
    }
}
