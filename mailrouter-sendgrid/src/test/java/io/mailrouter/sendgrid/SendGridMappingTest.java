package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendGridMappingTest {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider =
            SendGridProviderTest.builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 3_071, 3_072, 3_073, 6_144, 10_000})
    void carriesFilesOfAnyLengthByteForByte(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (31 * i + i / 256);
        }
        Outcome outcome = send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("Your order")
                .text("hello")
                .attach(Attachment.of("a.bin", "application/octet-stream", bytes))
                .build());

        assertThat(outcome).isInstanceOf(Accepted.class);
        assertThat(only().attachments().get(0).bytes()).isEqualTo(bytes);
    }

    @Test
    void carriesEveryFieldAndAnswersWithTheServicesId() {
        byte[] bytes = {0, 1, (byte) 0xFF};
        Instant later = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3_600);
        Outcome outcome = send(Email.builder()
                .from("Käthe Ltd <shop@example.com>")
                .replyTo("Help desk <help@example.com>")
                .replyTo("two@example.com")
                .to("漢字 <ada@example.org>")
                .to("b@bücher.example")
                .cc("cc@example.org")
                .bcc("\"Eve\" <bcc@example.org>")
                .subject("Grüße čĊ 😀 مرحبا 漢字")
                .text("text 😀\r\nline")
                .html("<p>&amp; مرحبا</p>")
                .header("X-Order", "42 / \"x\"")
                .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=1")))
                .attach(Attachment.of("façade 漢.bin", "application/octet-stream", bytes))
                .attach(Attachment.inline("logo@1", "l.png", "image/png", bytes))
                .tag("order čĊ")
                .metadata("order id", "1 😀")
                .sendAt(later)
                .tracking(new Tracking(true, false))
                .build());

        AcceptedEmail email = only();
        assertThat(outcome).isEqualTo(new Accepted(email.messageId()));
        assertThat(email.from()).isEqualTo(new Mailbox("Käthe Ltd", "shop@example.com"));
        assertThat(email.replyTo())
                .containsExactly(new Mailbox("Help desk", "help@example.com"), new Mailbox("", "two@example.com"));
        assertThat(email.to())
                .containsExactly(new Mailbox("漢字", "ada@example.org"), new Mailbox("", "b@xn--bcher-kva.example"));
        assertThat(email.cc()).containsExactly(new Mailbox("", "cc@example.org"));
        assertThat(email.bcc()).containsExactly(new Mailbox("Eve", "bcc@example.org"));
        assertThat(email.subject()).isEqualTo("Grüße čĊ 😀 مرحبا 漢字");
        assertThat(email.text()).isEqualTo("text 😀\r\nline");
        assertThat(email.html()).isEqualTo("<p>&amp; مرحبا</p>");
        assertThat(email.headers())
                .isEqualTo(Map.of(
                        "X-Order", "42 / \"x\"",
                        "List-Unsubscribe", "<https://example.com/u?x=1>",
                        "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        assertThat(email.tags()).containsExactly("order čĊ");
        assertThat(email.metadata()).isEqualTo(Map.of("order id", "1 😀"));
        assertThat(email.reference()).isEqualTo("mr-test");
        assertThat(email.sendAt()).contains(later);
        assertThat(email.tracking()).contains(new Tracking(true, false));
        assertThat(email.attachments()).hasSize(2);
        AcceptedEmail.File first = email.attachments().get(0);
        assertThat(first.name()).isEqualTo("façade 漢.bin");
        assertThat(first.type()).isEqualTo("application/octet-stream");
        assertThat(first.isInline()).isFalse();
        assertThat(first.bytes()).isEqualTo(bytes);
        AcceptedEmail.File second = email.attachments().get(1);
        assertThat(second.isInline()).isTrue();
        assertThat(second.contentId()).isEqualTo("logo@1");
        assertThat(second.bytes()).isEqualTo(bytes);
    }

    @Test
    void namesASingleAddressToReplyTo() {
        send(email().replyTo("help@example.com").build());

        assertThat(only().replyTo()).containsExactly(new Mailbox("", "help@example.com"));
        assertThat(StandardCharsets.UTF_8.decode(only().requestBody()).toString())
                .doesNotContain("reply_to_list");
    }

    @Test
    void carriesATemplateWithItsValuesHeadersAndFiles() {
        send(Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("d-welcome", Map.of("name", "A\"d\\a\n\u0001😀", "b", "{{name}}")))
                .header("X-Order", "42")
                .attach(Attachment.of("a.txt", "text/plain", new byte[] {1}))
                .build());

        assertThat(only().templateId()).isEqualTo("d-welcome");
        assertThat(only().variables()).isEqualTo(Map.of("name", "A\"d\\a\n\u0001😀", "b", "{{name}}"));
        assertThat(only().headers()).isEqualTo(Map.of("X-Order", "42"));
        assertThat(only().attachments()).hasSize(1);
    }

    @Test
    @DisplayName("C2 characters that truncate to CR and LF arrive as they are")
    void keepsCharactersThatWouldTruncateToLineEnds() {
        send(email().from("\u010D\u010ABcc x <shop@example.com>")
                .subject("a\u010D\u010ABcc: b")
                .build());

        assertThat(only().subject()).isEqualTo("a\u010D\u010ABcc: b");
        assertThat(only().from().name()).isEqualTo("\u010D\u010ABcc x");
        assertThat(only().bcc()).isEmpty();
    }

    @Test
    @DisplayName("C6 blind copies are recipients and nothing else")
    void namesBlindCopiesAsRecipientsOnly() {
        send(email().bcc("Canary <canary@example.org>")
                .header("X-A", "b")
                .tag("t")
                .build());

        String body = StandardCharsets.UTF_8.decode(only().requestBody()).toString();
        assertThat(body).containsOnlyOnce("canary@example.org").containsOnlyOnce("\"bcc\":[{");
        assertThat(only().headers()).isEqualTo(Map.of("X-A", "b"));
    }

    private Outcome send(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        return provider.send(email, Attempt.Context.within(DEADLINE));
    }

    private AcceptedEmail only() {
        assertThat(sendGrid.accepted()).hasSize(1);
        return sendGrid.accepted().get(0);
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("ada@example.org")
                .subject("Your order")
                .text("text");
    }
}
