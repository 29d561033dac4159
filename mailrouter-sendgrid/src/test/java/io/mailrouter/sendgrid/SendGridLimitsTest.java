package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.Template;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Capabilities;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SendGridLimitsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final Capabilities limits = SendGridLimits.capabilities(() -> NOW);

    @Test
    void carriesAnOrdinaryEmail() {
        assertThat(limits.unfit(email().build())).isEmpty();
        assertThat(limits.honoursDeadline()).isTrue();
    }

    @Test
    void carriesNoRawMessageNoBounceAddressAndNoUnicodeLocalPart() {
        byte[] mime = "A: b\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        assertUnfit(bare().to("a@example.org").raw(RawMime.of(mime)), "RAW_MIME");
        assertUnfit(email().envelopeFrom("b@example.com"), "ENVELOPE_FROM");
        assertUnfit(email().to("ädä@example.org"), "UNICODE_LOCAL_PART");
    }

    @Test
    void carries1000Recipients() {
        EmailBuilder email = email();
        for (int i = 1; i < 1_000; i++) {
            email.bcc("b" + i + "@example.org");
        }
        assertThat(limits.unfit(email.build())).isEmpty();
        assertThat(limits.maxRecipients()).isEqualTo(1_000);
    }

    @Test
    @DisplayName("P17 a message too big is not eligible, so that no call is made")
    void carriesLessThan30MegabytesInBase64() {
        byte[] bytes = new byte[15_000_000];
        assertThat(limits.unfit(email().attach(Attachment.of("a", "a/b", bytes)).build()))
                .isEmpty();
        assertUnfit(email().attach(Attachment.of("a", "a/b", bytes)).attach(Attachment.of("b", "a/b", bytes)), "bytes");
    }

    @Test
    void carriesEachRecipientOnceAndAtLeastOneInTo() {
        assertUnfit(email().cc("ADA@EXAMPLE.ORG"), "each recipient once");
        assertUnfit(email().bcc("ada@example.org"), "each recipient once");
        assertUnfit(bare().bcc("ada@example.org").subject("s").text("t"), "at least one recipient in to");
    }

    @Test
    void carriesEachAddressToReplyToOnce() {
        EmailBuilder email = email().replyTo("a@example.com").replyTo("b@example.com");
        assertThat(limits.unfit(email.build())).isEmpty();
        assertUnfit(email.replyTo("B <B@example.com>"), "each address to reply to once");
    }

    @Test
    void carriesNamesWithoutListSeparators() {
        assertUnfit(email().cc("\"a;b\" <b@example.org>"), "display names");
        assertUnfit(email().bcc("\"a,b\" <b@example.org>"), "display names");
        assertUnfit(email().replyTo("\"a,b\" <b@example.org>"), "display names");
        assertUnfit(email().from("\"a,b\" <b@example.org>"), "display names");
    }

    @Test
    void carries10Tags() {
        EmailBuilder email = email();
        for (int i = 0; i < 10; i++) {
            email.tag("t" + i);
        }
        assertThat(limits.unfit(email.build())).isEmpty();
        assertUnfit(email.tag("t10"), "10 tags");
    }

    @Test
    void carriesMetadataOf10000BytesWithTheReference() {
        assertThat(limits.unfit(metadataAndOneOf("v".repeat(862)).build())).isEmpty();
        assertUnfit(metadataAndOneOf("v".repeat(863)), "metadata");
        assertThat(limits.unfit(metadataAndOneOf("\"\\" + "v".repeat(858)).build()))
                .as("an escaped sign takes two bytes")
                .isEmpty();
        assertUnfit(metadataAndOneOf("\"\\" + "v".repeat(859)), "metadata");
        assertUnfit(metadataAndOneOf("é" + "v".repeat(861)), "metadata");
        assertUnfit(email().metadata("mr_id", "x"), "metadata");
    }

    /** An email that has 869 of the 10,000 bytes left, and a pair in them whose quotes, colon and comma take 7. */
    private static EmailBuilder metadataAndOneOf(String value) {
        EmailBuilder email = email();
        for (int i = 0; i < 9; i++) {
            email.metadata("k" + i, "v".repeat(998));
        }
        return email.metadata("k", value);
    }

    @Test
    void carriesHeadersOfAscii() {
        assertUnfit(email().header("X-A", "é"), "header values");
    }

    @Test
    void carriesOneWayToUnsubscribe() {
        assertThat(limits.unfit(email().header("List-Unsubscribe", "<mailto:x@example.org>")
                        .build()))
                .isEmpty();
        Unsubscribe unsubscribe = new Unsubscribe(URI.create("https://example.com/u"));
        assertThat(limits.unfit(
                        email().header("X-A", "b").unsubscribe(unsubscribe).build()))
                .isEmpty();
        assertThat(limits.unfit(email().options(SendGridOptions.builder().build())
                        .unsubscribe(unsubscribe)
                        .build()))
                .isEmpty();
        assertUnfit(email().header("List-Unsubscribe-Post", "x").unsubscribe(unsubscribe), "List-Unsubscribe");
    }

    @Test
    void carriesASubjectOrADynamicTemplate() {
        assertUnfit(bare().to("a@example.org").text("t"), "a subject or a template");
        EmailBuilder template = bare().to("a@example.org").template(new Template("d-1", Map.of()));
        assertThat(limits.unfit(template.build())).isEmpty();
        assertUnfit(template.subject("s"), "a subject or a template");
        assertUnfit(bare().to("a@example.org").template(new Template("legacy", Map.of())), "dynamic template");
    }

    @Test
    void carriesNoEmptyAttachment() {
        assertUnfit(email().attach(Attachment.of("a", "a/b", new byte[0])), "attachments");
    }

    @Test
    void carriesFilesWithoutSeparatorsInNameAndType() {
        byte[] bytes = {1};
        assertThat(limits.unfit(email().attach(Attachment.of("a b.txt", "text/plain", bytes))
                        .build()))
                .isEmpty();
        for (String name : new String[] {"a;b.txt", "May, June.txt", ";a", ",a"}) {
            assertUnfit(email().attach(Attachment.of(name, "text/plain", bytes)), "attachments whose name");
        }
        assertUnfit(email().attach(Attachment.of("a", "text/plain; charset=utf-8", bytes)), "attachments whose name");
    }

    @Test
    void holdsBackFor72Hours() {
        assertThat(limits.unfit(email().sendAt(NOW.plus(Duration.ofHours(72))).build()))
                .isEmpty();
        assertThat(limits.unfit(email().sendAt(NOW.minusSeconds(1)).build())).isEmpty();
        assertUnfit(email().sendAt(NOW.plus(Duration.ofHours(72)).plusMillis(1)), "72 hours");
    }

    private void assertUnfit(EmailBuilder email, String part) {
        assertThat(limits.unfit(email.build()))
                .hasValueSatisfying(why -> assertThat(why).contains(part));
    }

    private static EmailBuilder bare() {
        return Email.builder().from("shop@example.com");
    }

    private static EmailBuilder email() {
        return bare().to("ada@example.org").subject("s").text("t");
    }
}
