package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import io.mailrouter.testkit.LoopbackSes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.SingleBody;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each field of an email as it stands in the JSON that arrives, and a raw message as a MIME parser reads it. */
@Timeout(60)
class SesFieldsTest {

    private final LoopbackSes ses = LoopbackSes.start();
    private final SesProvider provider = SesProviderTest.builder(ses.url()).build();

    @AfterEach
    void close() {
        provider.close();
        ses.close();
    }

    @Test
    void writesNothingButWhatTheEmailHolds() {
        assertThat(json(bare().subject("s").text("t")))
                .isEqualTo("{\"FromEmailAddress\":\"shop@example.com\","
                        + "\"Destination\":{\"ToAddresses\":[\"ada@example.org\"]},"
                        + "\"Content\":{\"Simple\":{\"Subject\":{\"Data\":\"s\",\"Charset\":\"UTF-8\"},"
                        + "\"Body\":{\"Text\":{\"Data\":\"t\",\"Charset\":\"UTF-8\"}}}},"
                        + "\"EmailTags\":[{\"Name\":\"mr_id\",\"Value\":\"mr-test\"}]}");
    }

    @Test
    void writesHtmlWithAndWithoutText() {
        String html = "\"Html\":{\"Data\":\"<p>ä \\uD83D\\uDE00</p>\",\"Charset\":\"UTF-8\"}";

        assertThat(json(bare().subject("s").html("<p>ä 😀</p>"))).contains("\"Body\":{" + html + "}");
        assertThat(json(bare().subject("s").text("t").html("<p>ä 😀</p>")))
                .contains("\"Body\":{\"Text\":{\"Data\":\"t\",\"Charset\":\"UTF-8\"}," + html + "}");
    }

    @Test
    void writesAFileWithANameInAnyScriptAndAnInlineImageWithItsId() {
        String json = json(bare().subject("s")
                .html("<img src='cid:logo@1'>")
                .attach(Attachment.of("Überblick 漢.csv", "text/csv; charset=utf-8", new byte[] {(byte) 0xFF, 0}))
                .attach(Attachment.inline("logo@1", "l.png", "image/png", new byte[] {1})));

        assertThat(json)
                .contains("\"Attachments\":[{\"RawContent\":\"/wA=\",\"ContentDisposition\":\"ATTACHMENT\","
                        + "\"FileName\":\"Überblick 漢.csv\",\"ContentTransferEncoding\":\"BASE64\","
                        + "\"ContentType\":\"text/csv; charset=utf-8\"},"
                        + "{\"RawContent\":\"AQ==\",\"ContentDisposition\":\"INLINE\",\"FileName\":\"l.png\","
                        + "\"ContentId\":\"logo@1\",\"ContentTransferEncoding\":\"BASE64\","
                        + "\"ContentType\":\"image/png\"}]");
    }

    @Test
    void writesEveryAddressToReplyTo() {
        assertThat(json(email().replyTo("Hilfe ä <help@example.com>").replyTo("two@example.com")))
                .contains("\"ReplyToAddresses\":[\"=?UTF-8?B?SGlsZmUgw6Q=?= <help@example.com>\",\"two@example.com\"]");
    }

    @Test
    void writesHeadersAndTheWayOutOfAMailingInOneClick() {
        assertThat(json(email().header("X-Order", "42 \"x\"")
                        .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?ä=1")))))
                .contains("\"Headers\":[{\"Name\":\"X-Order\",\"Value\":\"42 \\\"x\\\"\"},"
                        + "{\"Name\":\"List-Unsubscribe\",\"Value\":\"<https://example.com/u?%C3%A4=1>\"},"
                        + "{\"Name\":\"List-Unsubscribe-Post\",\"Value\":\"List-Unsubscribe=One-Click\"}]");
    }

    @Test
    void writesTagsAndMetadataBesideTheReference() {
        assertThat(json(email().tag("order").tag("vip-1").metadata("orderId", "42")))
                .contains("\"EmailTags\":[{\"Name\":\"mr_id\",\"Value\":\"mr-test\"},"
                        + "{\"Name\":\"tag_order\",\"Value\":\"1\"},{\"Name\":\"tag_vip-1\",\"Value\":\"1\"},"
                        + "{\"Name\":\"orderId\",\"Value\":\"42\"}]");
    }

    @Test
    @DisplayName("C7 values of a template are data: no quote and no line end of theirs leaves its string")
    void writesTheValuesOfATemplateAsData() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("name", "A\",\"admin\":\"1");
        values.put("b", "{{name}}<b>\n\u0001");

        assertThat(json(bare().template(new Template("welcome", values))))
                .contains("\"Template\":{\"TemplateName\":\"welcome\",\"TemplateData\":"
                        + "\"{\\\"name\\\":\\\"A\\\\\\\",\\\\\\\"admin\\\\\\\":\\\\\\\"1\\\","
                        + "\\\"b\\\":\\\"{{name}}<b>\\\\u000a\\\\u0001\\\"}\"");
        assertThat(only().variables()).isEqualTo(values);
    }

    @ParameterizedTest
    @CsvSource({
        "true, true, ENABLED, ENABLED",
        "true, false, ENABLED, DISABLED",
        "false, true, DISABLED, ENABLED",
        "false, false, DISABLED, DISABLED"
    })
    void writesBothSwitchesForTracking(boolean opens, boolean clicks, String open, String click) {
        assertThat(json(email().tracking(new Tracking(opens, clicks))))
                .contains("\"ConfigurationOverrides\":{\"Tracking\":{\"OpenTrackingEnabled\":\"" + open
                        + "\",\"ClickTrackingEnabled\":\"" + click + "\"}}");
    }

    @Test
    void writesTheAddressForBounces() {
        assertThat(json(email().envelopeFrom("bounce@example.com")))
                .contains("\"FromEmailAddress\":\"shop@example.com\"")
                .contains("\"FeedbackForwardingEmailAddress\":\"bounce@example.com\"");
    }

    @Test
    void writesTheOptionsOfOneEmailOverThoseOfTheProvider() {
        SesOptions options = SesOptions.builder()
                .configurationSet("set-2")
                .tenant("tenant-1")
                .fromIdentityArn("arn:aws:ses:eu-west-1:123456789012:identity/example.com")
                .build();
        try (SesProvider withSet =
                SesProviderTest.builder(ses.url()).configurationSet("set-1").build()) {
            assertThat(json(withSet, email().options(options)))
                    .contains("\"ConfigurationSetName\":\"set-2\"")
                    .contains("\"TenantName\":\"tenant-1\"")
                    .contains("\"FromEmailAddressIdentityArn\":"
                            + "\"arn:aws:ses:eu-west-1:123456789012:identity/example.com\"");
            assertThat(json(withSet, email().options(SesOptions.builder().build())))
                    .contains("\"ConfigurationSetName\":\"set-1\"")
                    .doesNotContain("TenantName", "IdentityArn");
        }
    }

    @Test
    @DisplayName("C6 a raw message arrives as a MIME parser reads it, without its blind copies")
    void carriesARawMessageThatAMimeParserReads() throws IOException {
        String raw = "From: Shop <shop@example.com>\r\nTo: ada@example.org\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
                + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"
                + "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nw6Q=\r\n"
                + "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
                + "Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin\r\n\r\nAP8=\r\n--b--\r\n";
        json(bare().bcc("eve@example.org").raw(RawMime.of(raw.getBytes(StandardCharsets.US_ASCII))));
        AcceptedEmail email = only();
        Message message = new DefaultMessageBuilder().parseMessage(new ByteArrayInputStream(email.rawMime()));

        assertThat(message.getSubject()).isEqualTo("Grüße");
        assertThat(message.getBcc()).isNull();
        assertThat(message.getHeader().getFields())
                .noneMatch(field -> field.getName().toLowerCase(Locale.ROOT).contains("bcc"));
        Multipart parts = (Multipart) message.getBody();
        assertThat(new String(
                        ((TextBody) parts.getBodyParts().get(0).getBody())
                                .getInputStream()
                                .readAllBytes(),
                        StandardCharsets.UTF_8))
                .isEqualTo("ä");
        assertThat(parts.getBodyParts().get(1).getFilename()).isEqualTo("ä.bin");
        assertThat(((SingleBody) parts.getBodyParts().get(1).getBody())
                        .getInputStream()
                        .readAllBytes())
                .isEqualTo(new byte[] {0, (byte) 0xFF});
        assertThat(email.bcc()).containsExactly(new Mailbox("", "eve@example.org"));
        assertThat(email.reference()).isEqualTo("mr-test");
    }

    @ParameterizedTest
    @CsvSource({"Bcc", "BCC", "Resent-Bcc", "bcc "})
    @DisplayName("C6 a raw message that names blind copies is refused before anybody sees it")
    void refusesARawMessageThatNamesBlindCopies(String header) {
        byte[] raw = ("Subject: s\r\n" + header + ": eve@example.org\r\n\r\nt").getBytes(StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> RawMime.of(raw))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Bcc header")
                .hasMessageNotContaining("eve");
    }

    @Test
    @DisplayName("C9 an attachment near the limit arrives whole, one beyond it makes no call")
    void carriesALargeAttachmentWhole() {
        byte[] large = new byte[29_000_000];
        large[large.length - 1] = 7;
        json(email().attach(Attachment.of("large.bin", "application/octet-stream", large)));

        assertThat(only().attachments().get(0).bytes()).isEqualTo(large);
        Email larger = email().attach(Attachment.of("l.bin", "application/octet-stream", new byte[30_000_000]))
                .build();
        assertThat(provider.capabilities().unfit(larger))
                .hasValueSatisfying(why -> assertThat(why).contains("bytes"));
    }

    private String json(EmailBuilder email) {
        return json(provider, email);
    }

    /** Sends an email and returns the body of the request as it came. */
    private String json(SesProvider through, EmailBuilder builder) {
        Email email = builder.build();
        assertThat(through.capabilities().unfit(email)).isEmpty();
        int before = ses.accepted().size();

        assertThat(through.send(email, Attempt.Context.within(SesProviderTest.DEADLINE)))
                .isInstanceOf(Accepted.class);
        assertThat(ses.accepted()).hasSize(before + 1);
        return StandardCharsets.UTF_8
                .decode(ses.accepted().get(before).requestBody())
                .toString();
    }

    private AcceptedEmail only() {
        assertThat(ses.accepted()).hasSize(1);
        return ses.accepted().get(0);
    }

    private static EmailBuilder bare() {
        return Email.builder().from("shop@example.com").to("ada@example.org");
    }

    private static EmailBuilder email() {
        return bare().subject("s").text("t");
    }
}
