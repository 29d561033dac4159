package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmailTest {

    private static EmailBuilder complete() {
        return Email.builder()
                .from("no-reply@example.com")
                .to("ada@example.org")
                .text("hello");
    }

    /** Bodies are not headers: a line end in them is text, and so it is in a value that is filled in. */
    private static final Set<String> BODIES = Set.of("text", "html", "variable");

    /** Provider names have an alphabet of their own, which is narrower still. */
    private static final Set<String> PROVIDER_NAMES = Set.of("onlyProviders", "notProviders", "preferProvider");

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\r", "\n", "\0", "\t", "\u0085", "\u2028", "\u007f"})
    @DisplayName("C1 a control character in any field that ends in a header is refused, and the error names no value")
    void refusesControlCharactersEverywhere(String control) throws IllegalAccessException {
        String evil = "canary" + control + "@example.org";
        List<String> checked = new ArrayList<>();

        for (Method method : EmailBuilder.class.getDeclaredMethods()) {
            Class<?>[] types = method.getParameterTypes();
            if (!java.lang.reflect.Modifier.isPublic(method.getModifiers()) || BODIES.contains(method.getName())) {
                continue;
            }
            for (int i = 0; i < types.length; i++) {
                if (types[i] != String.class && types[i] != String[].class) {
                    continue;
                }
                Object[] arguments = new Object[types.length];
                Arrays.fill(arguments, "good");
                arguments[i] = types[i] == String.class ? evil : new String[] {evil};
                assertRefused(method, arguments, PROVIDER_NAMES.contains(method.getName()) ? "needs names" : "control");
                checked.add(method.getName() + "/" + i);
            }
        }

        assertThat(checked)
                .contains("from/0", "to/0", "cc/0", "bcc/0", "replyTo/0", "envelopeFrom/0", "subject/0")
                .contains("header/0", "header/1", "tag/0", "metadata/0", "metadata/1", "idempotencyKey/0")
                .contains("onlyProviders/0", "notProviders/0", "preferProvider/0");
    }

    private static void assertRefused(Method method, Object[] arguments, String why) throws IllegalAccessException {
        try {
            method.invoke(complete(), arguments);
        } catch (InvocationTargetException e) {
            assertThat(e.getCause())
                    .as(method.getName())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(why)
                    .hasMessageNotContaining("canary");
            return;
        }
        throw new AssertionError(method + " took a control character");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\r", "\n", "\0"})
    @DisplayName("C1 the parts of an email refuse control characters too")
    void partsRefuseControlCharacters(String control) {
        String evil = "x" + control + "y";
        byte[] bytes = {1};

        assertThatThrownBy(() -> Attachment.of(evil, "text/plain", bytes)).hasMessageContaining("attachment name");
        assertThatThrownBy(() -> Attachment.of("a", "text/plain" + control, bytes))
                .hasMessageContaining("attachment type");
        assertThatThrownBy(() -> Attachment.inline(evil, "a", "text/plain", bytes))
                .hasMessageContaining("contentId");
        assertThatThrownBy(() -> EmailAddress.of(evil, "a@b.c")).hasMessageContaining("display name");
        assertThatThrownBy(() -> EmailAddress.of("", evil + "@b.c")).hasMessageContaining("address");
        assertThatThrownBy(() -> new Template(evil, Map.of())).hasMessageContaining("template id");
        assertThatThrownBy(() -> new Template("t", Map.of(evil, ""))).hasMessageContaining("variable name");
    }

    @Test
    @DisplayName("C6 a raw message that names blind copies is refused")
    void refusesBccInRawMessages() {
        for (String end : List.of("\r\n", "\n")) {
            byte[] leaking = ("From: a@b.c" + end + "bCC : x@y.z" + end + end + "hi").getBytes(StandardCharsets.UTF_8);
            byte[] clean = ("From: a@b.c" + end + end + "bcc: in the body").getBytes(StandardCharsets.UTF_8);

            assertThatThrownBy(() -> RawMime.of(leaking)).hasMessageContaining("Bcc header");
            assertThat(RawMime.of(clean).size()).isEqualTo(clean.length);
        }
    }

    @Test
    void namesWhatIsMissing() {
        assertThatThrownBy(() -> Email.builder().to("a@b.c").text("x").build()).hasMessage("from is missing");
        assertThatThrownBy(() -> Email.builder().from("a@b.c").text("x").build())
                .hasMessageContaining("at least one recipient");
        assertThatThrownBy(() -> Email.builder().from("a@b.c").to("a@b.c").build())
                .hasMessageContaining("a body, a template or a raw message is needed");
        assertThatThrownBy(
                        () -> complete().template(new Template("t", Map.of())).build())
                .hasMessageContaining("exclude each other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"From", "sUBJECT", "Bcc", "Content-Type", "Content-Disposition", "Message-ID", "Sender"})
    void refusesHeadersThatAFieldWrites(String name) {
        assertThatThrownBy(() -> complete().header(name, "x")).hasMessageContaining("use the field for it");
    }

    @Test
    void refusesWhatStandsTwice() {
        assertThatThrownBy(() -> complete().header("X-A", "1").header("x-a", "2"))
                .hasMessageContaining("stands twice");
        assertThatThrownBy(() -> complete().tag("a").tag("a")).hasMessageContaining("stands twice");
        assertThatThrownBy(() -> complete().metadata("a", "1").metadata("a", "2"))
                .hasMessageContaining("stands twice");
    }

    @Test
    void refusesHalfASurrogatePairInABody() {
        assertThatThrownBy(() -> complete().html("<p>\ud83d</p>").build())
                .hasMessageContaining("html")
                .hasMessageContaining("surrogate");
    }

    @Test
    void knowsWhatAProviderMustCarry() {
        Email email = complete()
                .attach(Attachment.of("a.pdf", "application/pdf", new byte[300]))
                .attach(Attachment.inline("logo", "logo.png", "image/png", new byte[3]))
                .header("X-Order", "42")
                .tag("order")
                .metadata("k", "v")
                .replyTo("a@example.com")
                .replyTo("b@example.com")
                .envelopeFrom("bounces@example.com")
                .sendAt(Instant.EPOCH)
                .tracking(new Tracking(true, false))
                .cc("jörg@example.org")
                .build();

        assertThat(email.features())
                .containsExactlyInAnyOrder(
                        Feature.ATTACHMENTS,
                        Feature.INLINE_ATTACHMENTS,
                        Feature.HEADERS,
                        Feature.TAGS,
                        Feature.METADATA,
                        Feature.SEVERAL_REPLY_TO,
                        Feature.ENVELOPE_FROM,
                        Feature.SEND_AT,
                        Feature.TRACKING,
                        Feature.UNICODE_LOCAL_PART);
        assertThat(complete().build().features()).isEmpty();
        assertThat(complete()
                        .unsubscribe(new Unsubscribe(URI.create("https://example.com/u")))
                        .build()
                        .features())
                .containsExactly(Feature.HEADERS);
    }

    @Test
    void countsAttachmentsInBase64() {
        Email email = complete()
                .attach(Attachment.of("a.bin", "application/octet-stream", new byte[3_000_000]))
                .build();

        assertThat(email.encodedSize()).isBetween(4_000_000L, 4_200_000L);
    }

    @Test
    @DisplayName("C11 toString shows nothing personal")
    void showsNothingPersonal() {
        Email email = Email.builder()
                .from("Canary <canary@example.com>")
                .to("canary@example.org")
                .subject("canary")
                .text("canary")
                .header("X-Canary", "canary")
                .metadata("canary", "canary")
                .attach(Attachment.of("canary.txt", "text/plain", new byte[1]))
                .idempotencyKey("canary")
                .build();

        assertThat(email.toString()).doesNotContainIgnoringCase("canary");
        assertThat(email.from().toString()).isEqualTo("***@example.com");
        assertThat(email.attachments().toString()).doesNotContainIgnoringCase("canary");
        assertThat(new Template("t", Map.of("a", "canary")).toString()).doesNotContain("canary");
        assertThat(new Unsubscribe(URI.create("https://example.com/canary")).toString())
                .doesNotContain("canary");
    }

    @Test
    void keepsItsOwnCopyOfWhatItIsGiven() {
        byte[] bytes = {1, 2, 3};
        Attachment attachment = Attachment.of("a", "text/plain", bytes);
        bytes[0] = 9;

        assertThat(attachment.content().get(0)).isEqualTo((byte) 1);
        assertThat(attachment.content().isReadOnly()).isTrue();
    }

    @Test
    void unsubscribesByHttpsOnly() {
        assertThatThrownBy(() -> new Unsubscribe(URI.create("http://example.com/u")))
                .hasMessageContaining("https");
        assertThatThrownBy(() -> new Unsubscribe(URI.create("mailto:a@b.c"))).hasMessageContaining("https");
    }

    @Test
    void needsADeadlineAboveZero() {
        assertThatThrownBy(() -> complete().deadline(Duration.ZERO)).hasMessageContaining("deadline");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Subject: x\r\r\nBcc: a@b.c\r\n\r\n",
                "Subject: x\rBcc: a@b.c\r\n\r\n",
                "Bcc\0: a@b.c\r\n\r\n",
                "\ufeffBcc: a@b.c\r\n\r\n",
                "Subject: x\r\nno header\r\n\r\n",
                "\r\n\r\nbody",
            })
    @DisplayName("C6 a raw message whose header somebody could read differently is refused")
    void refusesDoubtfulRawHeaders(String message) {
        assertThatThrownBy(() -> RawMime.of(message.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("a@b.c");
    }

    @Test
    void countsFourBytesForALetterBeyondTheBasicPlane() {
        Email plain = complete().build();
        Email emoji = complete().text("hello" + "😀".repeat(1_000)).build();

        assertThat(emoji.encodedSize() - plain.encodedSize()).isEqualTo(4_000);
    }
}
