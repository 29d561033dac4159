package io.mailrouter.email;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EmailBoundsTest {

    /** A machine that is shared may stall for long; what is bounded is the work, and the usual time is printed. */
    private static final Duration GENEROUS = Duration.ofSeconds(5);

    @Test
    @DisplayName("C5 100,000 recipients are refused at the 1,001st")
    void refusesTheRecipientAfterTheLast() {
        EmailAddress address = EmailAddress.parse("ada@example.org");
        EmailBuilder builder = complete();
        for (int i = 1; i < Email.MAX_RECIPIENTS; i++) {
            switch (i % 3) {
                case 0 -> builder.to(address);
                case 1 -> builder.cc(address);
                default -> builder.bcc(address);
            }
        }

        assertThat(builder.build().recipientCount()).isEqualTo(1_000);
        atOnce("3,000 recipients too many", () -> {
            for (int i = 0; i < 1_000; i++) {
                assertTrue(refused(() -> builder.to(address)));
                assertTrue(refused(() -> builder.cc(address)));
                assertTrue(refused(() -> builder.bcc(address)));
            }
        });
        assertThatThrownBy(() -> builder.bcc(address))
                .hasMessage("recipients, to, cc and bcc together: at most 1000 are allowed");
        assertThat(builder.build().recipientCount()).isEqualTo(1_000);
    }

    @Test
    @DisplayName("C5 lists end: reply-to and headers at 100, tags and metadata at 100, attachments at 1,000")
    void refusesListsWithoutEnd() {
        EmailBuilder builder = complete();
        Attachment file = Attachment.of("a", "a/b", new byte[0]);
        for (int i = 0; i < 100; i++) {
            builder.replyTo("a" + i + "@example.com")
                    .header("X-" + i, "v")
                    .tag("t" + i)
                    .metadata("k" + i, "v");
        }
        IntStream.range(0, 1_000).forEach(i -> builder.attach(file));

        assertThatThrownBy(() -> builder.replyTo("a@example.com")).hasMessage("replyTo: at most 100 are allowed");
        assertThatThrownBy(() -> builder.header("X-A", "v")).hasMessage("headers: at most 100 are allowed");
        assertThatThrownBy(() -> builder.tag("t")).hasMessage("tags: at most 100 are allowed");
        assertThatThrownBy(() -> builder.metadata("k", "v")).hasMessage("metadata pairs: at most 100 are allowed");
        assertThatThrownBy(() -> builder.attach(file)).hasMessage("attachments: at most 1000 are allowed");
        assertThat(builder.build().attachments()).hasSize(1_000);
    }

    @Test
    @DisplayName("C5 a megabyte in any field of a header is refused at once")
    void refusesAMegabyteAnywhere() {
        String megabyte = "a".repeat(1 << 20);
        String nested = "(".repeat(1 << 19) + ")".repeat(1 << 19) + "a@b.c";
        String dots = "a.".repeat(1 << 19) + "@b.c";
        byte[] bytes = {1};
        complete();

        atOnce("megabytes", () -> {
            for (String large : new String[] {megabyte, nested, dots}) {
                assertThatThrownBy(() -> EmailAddress.parse(large)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> EmailAddress.of("", large)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> new EmailAddress(large, "a", "b.c")).hasMessageContaining("display name");
                assertThatThrownBy(() -> new EmailAddress("", large, "b.c")).hasMessageContaining("local part");
                assertThatThrownBy(() -> new EmailAddress("", "a", large)).hasMessageContaining("domain");
                assertThatThrownBy(() -> complete().subject(large)).hasMessageContaining("subject");
                assertThatThrownBy(() -> complete().header(large, "x")).hasMessageContaining("header name");
                assertThatThrownBy(() -> complete().header("X", large)).hasMessageContaining("header X");
                assertThatThrownBy(() -> complete().tag(large)).hasMessageContaining("tag");
                assertThatThrownBy(() -> complete().metadata("k", large)).hasMessageContaining("metadata");
                assertThatThrownBy(() -> complete().onlyProviders(large)).hasMessageContaining("onlyProviders");
                assertThatThrownBy(() -> Attachment.of(large, "a/b", bytes)).hasMessageContaining("name");
                assertThatThrownBy(() -> Attachment.of("a", large, bytes)).hasMessageContaining("type");
                assertThatThrownBy(() -> Attachment.inline(large, "a", "a/b", bytes))
                        .hasMessageContaining("contentId");
                assertThatThrownBy(() -> new Template(large, Map.of())).hasMessageContaining("template id");
            }
        });
    }

    @Test
    @DisplayName("C6 no header names blind copies, however it is written")
    void takesNoHeaderOfBlindCopies() {
        for (String name : new String[] {"Bcc", "BCC", "bcc", "Resent-Bcc", "RESENT-BCC", "Cc", "To"}) {
            assertThatThrownBy(() -> complete().header(name, "x")).hasMessageContaining("use the field for it");
        }
        for (String name : new String[] {"Bcc ", " Bcc", "Bcc:", "B\u00adcc", ""}) {
            assertThatThrownBy(() -> complete().header(name, "x")).hasMessageContaining("printable ASCII");
        }
    }

    @Test
    @DisplayName("C7 a template's values are kept as they are and never filled in again")
    void keepsAValueAsItIs() {
        String value = "{{name}} ${name} <%= name %> <script>\r\n";
        Template template = new Template("t", Map.of("name", value));
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(template)
                .build();

        assertThat(email.template().orElseThrow().variables()).isEqualTo(Map.of("name", value));
        assertThat(complete().html(value).build().html()).isEqualTo(value);
    }

    @Test
    @DisplayName("C8 no class of an email opens a file, a URL or a socket")
    void opensNothing() {
        ArchRuleDefinition.noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.net.http..", "javax.activation..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching(
                        "java\\.io\\.(File|FileInputStream|InputStream|Reader)|java\\.net\\.(URL|URLConnection"
                                + "|Socket|InetAddress)")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.mailrouter.email"));
    }

    @Test
    @DisplayName("C9 a 40 MB attachment is counted in base64 and copied once")
    void copiesALargeAttachmentOnce() {
        byte[] bytes = new byte[40_000_000];
        complete().attach(Attachment.of("warm", "a/b", new byte[1])).build();
        long before = allocated();
        Email email = complete().attach(Attachment.of("a", "a/b", bytes)).build();
        Email some = email.onlyTo(recipient -> true);
        for (int i = 0; i < 100; i++) {
            some.attachments().get(0).content();
        }

        assertThat(email.encodedSize()).isBetween(53_333_336L, 55_000_000L);
        assertThat(allocated() - before).isBetween(40_000_000L, 41_000_000L);
    }

    @Test
    @DisplayName("C9 a raw message of 40 MB is copied once, and only its header is read")
    void copiesALargeRawMessageOnce() {
        byte[] mime = new byte[40_000_000];
        byte[] header = "Subject: s\r\nX-A: b\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, mime, 0, header.length);
        RawMime.of(header);
        long before = allocated();

        assertThat(RawMime.of(mime).size()).isEqualTo(40_000_000);
        assertThat(allocated() - before).isBetween(40_000_000L, 41_000_000L);
    }

    @Test
    @DisplayName("C5 a raw message whose header does not end is refused at once")
    void refusesAHeaderWithoutEnd() {
        byte[] folded = ("Subject: s\r\n" + " x\r\n".repeat(1 << 20)).getBytes(StandardCharsets.US_ASCII);
        byte[] oneLine = ("Subject: " + "x".repeat(1 << 20)).getBytes(StandardCharsets.US_ASCII);

        atOnce("headers without end", () -> {
            assertThatThrownBy(() -> RawMime.of(folded)).hasMessageContaining("more than 262144 bytes");
            assertThatThrownBy(() -> RawMime.of(oneLine)).hasMessageContaining("more than 262144 bytes");
        });
        byte[] fits = ("Subject: s\n" + " x\n".repeat(1 << 16) + "\nbody").getBytes(StandardCharsets.US_ASCII);
        assertThat(RawMime.of(fits).size()).isEqualTo(fits.length);
        byte[] headerOnly = "Subject: s".getBytes(StandardCharsets.US_ASCII);
        assertThat(RawMime.of(headerOnly).size()).isEqualTo(headerOnly.length);
    }

    @Test
    @DisplayName("C11 no value of an email shows itself by toString")
    void showsNothing() {
        byte[] mime = "Subject: canary\r\n\r\ncanary".getBytes(StandardCharsets.US_ASCII);
        EmailBuilder builder = complete()
                .from("canary <canary@example.com>")
                .subject("canary")
                .template(new Template("canary", Map.of("canary", "canary")));
        Object[] values = {
            RawMime.of(mime),
            builder,
            new Template("canary", Map.of("canary", "canary")),
            Attachment.inline("canary", "canary", "image/png", mime),
            EmailAddress.of("canary", "canary@example.org"),
            new Unsubscribe(URI.create("https://example.com/canary?canary")),
        };

        for (Object value : values) {
            assertThat(value.toString()).isNotEmpty().doesNotContain("canary");
        }
    }

    private static boolean refused(Runnable work) {
        try {
            work.run();
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    private static void atOnce(String what, Runnable work) {
        long start = System.nanoTime();
        assertTimeout(GENEROUS, work::run);
        System.out.println("C5 " + what + ": " + (System.nanoTime() - start) / 1_000 + " us");
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static EmailBuilder complete() {
        return Email.builder().from("shop@example.com").to("ada@example.org").text("hello");
    }
}
