package io.mailrouter.smtp;

import static io.mailrouter.smtp.SmtpServers.draft;
import static io.mailrouter.smtp.SmtpServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.LoopbackSmtp;
import io.mailrouter.testkit.SmtpMail;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.apache.james.mime4j.dom.BinaryBody;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real server gets, read by a MIME parser that is not ours. */
@Timeout(60)
class SmtpMappingTest {

    private final LoopbackSmtp server = LoopbackSmtp.start();
    private final SmtpProvider provider = SmtpServers.to(server).build();

    @AfterEach
    void close() {
        provider.close();
        server.close();
    }

    private SmtpMail sent(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        assertThat(send(provider, email)).isInstanceOf(Accepted.class);
        List<SmtpMail> all = server.accepted();
        SmtpMail mail = all.get(all.size() - 1);
        assertCanonical(mail.wire());
        return mail;
    }

    /** No line ends but CRLF, none too long, and none that could pass for the end of the message. */
    private static void assertCanonical(byte[] wire) {
        int column = 0;
        for (int i = 0; i < wire.length; i++) {
            boolean cr = wire[i] == '\r';
            boolean lf = wire[i] == '\n';
            assertThat(cr && (i + 1 == wire.length || wire[i + 1] != '\n'))
                    .as("bare CR at " + i)
                    .isFalse();
            assertThat(lf && (i == 0 || wire[i - 1] != '\r'))
                    .as("bare LF at " + i)
                    .isFalse();
            column = cr || lf ? 0 : column + 1;
            assertThat(column).as("line length").isLessThanOrEqualTo(998);
        }
        assertThat(new String(wire, StandardCharsets.ISO_8859_1)).doesNotContain("\r\n.\r\n");
    }

    private static Message parsed(SmtpMail mail) {
        try {
            DefaultMessageBuilder builder = new DefaultMessageBuilder();
            builder.setMimeEntityConfig(MimeConfig.custom().setMaxLineLen(-1).build());
            return builder.parseMessage(new ByteArrayInputStream(mail.content()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(Entity entity) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ((TextBody) entity.getBody()).writeTo(bytes);
            return bytes.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(Entity entity) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ((SingleBody) entity.getBody()).writeTo(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Entity> parts(Entity entity) {
        return ((Multipart) entity.getBody()).getBodyParts();
    }

    private static List<String> mailboxes(Iterable<Mailbox> list) {
        List<String> all = new java.util.ArrayList<>();
        list.forEach(one -> all.add(one.getName() + " <" + one.getAddress() + ">"));
        return all;
    }

    @Test
    void mapsEveryAddressAndHeader() {
        Email email = Email.builder()
                .from(EmailAddress.of("Caf\u00e9 \"Zum, L\u00f6wen\" \ud83d\udc8c", "no-reply@example.com"))
                .envelopeFrom("bounces@bounce.example.com")
                .to("\"Lovelace, Ada\" <ada@example.org>")
                .to("plain@example.org")
                .cc(EmailAddress.of("=?utf-8?q?not_this?=", "cc@example.org"))
                .replyTo("Help <help@example.com>")
                .replyTo("sales@example.com")
                .subject("\u00dcber \u20ac 5 \u2014 " + "lang ".repeat(60) + "\ud83d\ude80")
                .text("Hello")
                .header("X-Order", "42")
                .header("X-Long", "word ".repeat(150).strip())
                .header("X-Unbroken", "u".repeat(990))
                .header("X-Unicode", "gr\u00fc\u00dfe")
                .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=" + "1".repeat(300))))
                .build();

        SmtpMail mail = sent(email);
        Message message = parsed(mail);

        assertThat(mail.envelopeFrom()).isEqualTo("bounces@bounce.example.com");
        assertThat(mailboxes(message.getFrom()))
                .containsExactly("Caf\u00e9 \"Zum, L\u00f6wen\" \ud83d\udc8c <no-reply@example.com>");
        assertThat(mailboxes(message.getTo().flatten()))
                .containsExactly("Lovelace, Ada <ada@example.org>", "null <plain@example.org>");
        assertThat(mailboxes(message.getCc().flatten())).containsExactly("=?utf-8?q?not_this?= <cc@example.org>");
        assertThat(mailboxes(message.getReplyTo().flatten()))
                .containsExactly("Help <help@example.com>", "null <sales@example.com>");
        assertThat(message.getSubject()).isEqualTo(email.subject());
        assertThat(message.getMessageId()).isEqualTo("<mr-test@example.com>");
        assertThat(message.getDate()).isNotNull();
        assertThat(message.getHeader().getField("MIME-Version").getBody()).isEqualTo("1.0");
        assertThat(header(message, "X-Order")).isEqualTo("42");
        assertThat(header(message, "X-Long")).isEqualTo(email.headers().get("X-Long"));
        assertThat(header(message, "X-Unbroken")).isEqualTo(email.headers().get("X-Unbroken"));
        assertThat(header(message, "X-Unicode")).isEqualTo("gr\u00fc\u00dfe");
        assertThat(header(message, "List-Unsubscribe")).isEqualTo("<https://example.com/u?x=" + "1".repeat(300) + ">");
        assertThat(header(message, "List-Unsubscribe-Post")).isEqualTo("List-Unsubscribe=One-Click");
    }

    private static String header(Message message, String name) {
        return org.apache.james.mime4j.codec.DecoderUtil.decodeEncodedWords(
                message.getHeader().getField(name).getBody(), org.apache.james.mime4j.codec.DecodeMonitor.SILENT);
    }

    @Test
    void nestsTextHtmlInlineFilesAndAttachments() {
        byte[] picture = new byte[10_000];
        long seed = 42;
        System.out.println("seed " + seed);
        new Random(seed).nextBytes(picture);
        Email email = draft().text("Hello \u2603\nline two")
                .html("<p>Gr\u00fc\u00dfe <img src=\"cid:logo@shop\"></p>")
                .attach(Attachment.inline("logo@shop", "logo.png", "image/png", picture))
                .attach(Attachment.of(
                        "Rechnung \u2116 5 \u2014 \u00fcber.pdf", "application/pdf", new byte[] {1, 2, 3}))
                .attach(Attachment.of(
                        "a \"quoted\" \\ name.txt",
                        "text/plain; charset=utf-8",
                        "a\nb".getBytes(StandardCharsets.UTF_8)))
                .attach(Attachment.of("\u5831\u544a".repeat(60) + ".bin", "application/octet-stream", new byte[0]))
                .build();

        Message message = parsed(sent(email));

        assertThat(message.getMimeType()).isEqualTo("multipart/mixed");
        List<Entity> all = parts(message);
        assertThat(all)
                .extracting(Entity::getMimeType)
                .containsExactly("multipart/alternative", "application/pdf", "text/plain", "application/octet-stream");
        List<Entity> alternatives = parts(all.get(0));
        assertThat(alternatives).extracting(Entity::getMimeType).containsExactly("text/plain", "multipart/related");
        assertThat(text(alternatives.get(0))).isEqualTo("Hello \u2603\r\nline two");
        List<Entity> related = parts(alternatives.get(1));
        assertThat(text(related.get(0))).isEqualTo(email.html());
        assertThat(related.get(1).getHeader().getField("Content-ID").getBody()).isEqualTo("<logo@shop>");
        assertThat(related.get(1).getDispositionType()).isEqualTo("inline");
        assertThat(related.get(1).getBody()).isInstanceOf(BinaryBody.class);
        assertThat(bytes(related.get(1))).isEqualTo(picture);
        assertThat(all.get(1).getFilename()).isEqualTo("Rechnung \u2116 5 \u2014 \u00fcber.pdf");
        assertThat(bytes(all.get(1))).containsExactly(1, 2, 3);
        assertThat(all.get(2).getFilename()).isEqualTo("a \"quoted\" \\ name.txt");
        assertThat(bytes(all.get(2))).isEqualTo("a\nb".getBytes(StandardCharsets.UTF_8));
        assertThat(all.get(3).getFilename()).isEqualTo("\u5831\u544a".repeat(60) + ".bin");
        assertThat(bytes(all.get(3))).isEmpty();
    }

    @Test
    @DisplayName("S8 no line of a header is too long, and none with an encoded word beyond 76")
    void foldsEveryHeader() {
        SmtpMail mail = sent(draft().subject("\u00e4".repeat(200))
                .header("X-" + "n".repeat(124), "w".repeat(900))
                .replyTo(EmailAddress.of("\u00df".repeat(200), "help@example.com"))
                .header("X-Words-Of-" + "n".repeat(20), "\u00fc".repeat(100))
                .html("<img src=\"cid:a\">")
                .attach(Attachment.inline("a", "\u00e4".repeat(300), "image/png", new byte[1]))
                .build());

        String content = new String(mail.content(), StandardCharsets.UTF_8);
        assertThat(content.lines().filter(line -> line.contains("=?UTF-8?") && !line.startsWith("X-n")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(76));
        assertThat(content).contains("multipart/related; type=\"text/html\";");
        assertThat(parsed(mail).getSubject()).isEqualTo("\u00e4".repeat(200));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "leading\n.\n..\n.dots\r\n.\r\n",
                "bare\rcarriage\nreturns\r\n\r.\r\n\n.\n",
                "trailing spaces  \n\t\nand a tab\t",
                "From the start\n--=_mr-mr-test-1\nnot a part",
                "\u0000\u0001 control",
                "\u010d\u010a truncated to a line end by some",
                "\u4f60\u597d \u4e16\u754c \u4f60\u597d \u4e16\u754c",
                "=?utf-8?q?not_decoded?= = = =3D"
            })
    @DisplayName("S8 C2 line ends, dots and odd characters arrive as they were meant, in canonical lines")
    void keepsAnyTextWhole(String text) {
        Email email = draft().text(text).html("<pre>" + text + "</pre>").build();

        List<Entity> parts = parts(parsed(sent(email)));

        String lines = text.replaceAll("\r\n|\r|\n", "\r\n");
        assertThat(text(parts.get(0))).isEqualTo(lines);
        assertThat(text(parts.get(1))).isEqualTo("<pre>" + lines + "</pre>");
    }

    @Test
    @DisplayName("S8 a line of 100,000 characters is folded by its encoding, and nothing is lost")
    void encodesLinesThatAreTooLong() {
        String line = "0123456789".repeat(10_000);

        assertThat(text(parsed(sent(draft().text(line).build()))))
                .as("SMTP ends every message with a line end")
                .isEqualTo(line + "\r\n");
    }

    @Test
    @DisplayName("S8 a raw message goes out byte for byte, but for bare line ends and dots")
    void sendsARawMessage() {
        String raw = "From: shop@example.com\nSubject: raw\r\nX-8bit: gr\u00fc\u00df\n\n.dot\nbare\rreturn\n.\nend";
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .bcc("hidden@example.org")
                .raw(RawMime.of(raw.getBytes(StandardCharsets.UTF_8)))
                .build();

        SmtpMail mail = sent(email);

        assertThat(new String(mail.content(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "From: shop@example.com\r\nSubject: raw\r\nX-8bit: gr\u00fc\u00df\r\n\r\n.dot\r\nbare\r\nreturn"
                                + "\r\n.\r\nend\r\n");
        assertThat(mail.parameters()).contains("BODY=8BITMIME");
        assertThat(mail.recipients()).containsExactly("ada@example.org", "hidden@example.org");
    }

    @Test
    void tellsBlindCopiesOnlyThatNobodyIsNamed() {
        SmtpMail mail = sent(Email.builder()
                .from("shop@example.com")
                .bcc("hidden@example.org")
                .subject("")
                .text("x")
                .build());

        assertThat(new String(mail.content(), StandardCharsets.UTF_8))
                .contains("To: undisclosed-recipients:;")
                .doesNotContain("hidden");
    }

    @Test
    void saysWhatItCannotCarry() {
        assertUnfit(draft().tag("order"), "TAGS");
        assertUnfit(draft().metadata("k", "v"), "METADATA");
        assertUnfit(draft().sendAt(Instant.now()), "SEND_AT");
        assertUnfit(draft().tracking(new Tracking(true, false)), "TRACKING");
        assertUnfit(
                Email.builder()
                        .from("a@example.com")
                        .to("b@example.org")
                        .template(new Template("t", java.util.Map.of())),
                "TEMPLATE");
        assertUnfit(
                draft().header("List-Unsubscribe", "<x>").unsubscribe(new Unsubscribe(URI.create("https://e.com/u"))),
                "List-Unsubscribe headers");
        assertUnfit(
                draft().unsubscribe(new Unsubscribe(URI.create("https://e.com/" + "u".repeat(900)))), "at most 900");
        assertUnfit(draft().attach(Attachment.of("m.eml", "message/rfc822", new byte[1])), "no parts of its own");
        assertUnfit(draft().attach(Attachment.inline("c".repeat(901), "c", "image/png", new byte[1])), "content ids");
        assertUnfit(draft().attach(Attachment.of("m", "text/plain; n=\"\u00fc\"", new byte[1])), "ASCII type");
        assertUnfit(
                Email.builder()
                        .from("a@example.com")
                        .to("b@example.org")
                        .raw(RawMime.of(("X: y\r\n\r\n" + "x".repeat(999)).getBytes(StandardCharsets.US_ASCII))),
                "998 bytes");
    }

    private void assertUnfit(EmailBuilder email, String why) {
        assertThat(provider.capabilities().unfit(email.build()))
                .hasValueSatisfying(text -> assertThat(text).contains(why));
    }
}
