package io.mailrouter.ses;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Capabilities;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SesLimitsTest {

    private final Capabilities limits = SesLimits.capabilities();

    @Test
    void carriesAnOrdinaryEmail() {
        assertThat(limits.unfit(email().build())).isEmpty();
        assertThat(limits.honoursDeadline()).isTrue();
    }

    @Test
    void carriesNoScheduleAndNoUnicodeLocalPart() {
        assertUnfit(email().sendAt(Instant.EPOCH), "SEND_AT");
        assertUnfit(email().to("ädä@example.org"), "UNICODE_LOCAL_PART");
    }

    @Test
    void carries50Recipients() {
        EmailBuilder email = email();
        for (int i = 1; i < 50; i++) {
            email.bcc("b" + i + "@example.org");
        }
        assertThat(limits.unfit(email.build())).isEmpty();
        assertUnfit(email.cc("c@example.org"), "50 recipients");
    }

    @Test
    @DisplayName("P17 a message too big is not eligible, so that no call is made")
    void carriesNoMoreThan40MegabytesInBase64() {
        byte[] bytes = new byte[20_000_000];
        assertThat(limits.unfit(email().attach(Attachment.of("a", "a/b", bytes)).build()))
                .isEmpty();
        assertUnfit(email().attach(Attachment.of("a", "a/b", bytes)).attach(Attachment.of("b", "a/b", bytes)), "bytes");
    }

    @Test
    void carriesTagsAndMetadataOfSesCharacters() {
        assertThat(limits.unfit(
                        email().tag("a".repeat(252)).metadata("k-1_", "v").build()))
                .isEmpty();
        assertUnfit(email().tag("a b"), "tags");
        assertUnfit(email().tag("a".repeat(253)), "tags");
        assertUnfit(email().metadata("mr_id", "v"), "metadata");
        assertUnfit(email().metadata("tag_a", "1"), "metadata");
        assertUnfit(email().metadata("k.1", "v"), "metadata");
        assertUnfit(email().metadata("k", ""), "metadata");
        assertUnfit(email().metadata("k", "é"), "metadata");
    }

    @Test
    void carries15Headers() {
        EmailBuilder email = email();
        for (int i = 0; i < 13; i++) {
            email.header("X-" + i, "v");
        }
        assertThat(limits.unfit(email.unsubscribe(unsubscribe()).build())).isEmpty();
        assertUnfit(email.header("X-13", "v"), "15 headers");
    }

    @Test
    void carriesHeadersOfAscii() {
        assertThat(limits.unfit(email().header("X-A", "v".repeat(995)).build())).isEmpty();
        assertUnfit(email().header("X-A", "v".repeat(996)), "headers of printable ASCII");
        assertUnfit(email().header("X-A", "é"), "headers of printable ASCII");
        assertUnfit(email().header("X-A", ""), "headers of printable ASCII");
    }

    @Test
    void carriesOneWayToUnsubscribe() {
        assertThat(limits.unfit(email().header("List-Unsubscribe", "<mailto:x@example.org>")
                        .build()))
                .isEmpty();
        assertUnfit(
                email().header("List-Unsubscribe", "<mailto:x@example.org>").unsubscribe(unsubscribe()),
                "List-Unsubscribe");
    }

    @Test
    void carriesShortAttachmentNames() {
        byte[] bytes = {1};
        assertThat(limits.unfit(email().attach(Attachment.inline("c".repeat(78), "n".repeat(255), "a/b", bytes))
                        .build()))
                .isEmpty();
        assertUnfit(email().attach(Attachment.of("n".repeat(256), "a/b", bytes)), "attachments");
        assertUnfit(email().attach(Attachment.of("n", "a/" + "b".repeat(77), bytes)), "attachments");
        assertUnfit(email().attach(Attachment.inline("c".repeat(79), "n", "a/b", bytes)), "attachments");
    }

    @Test
    void carriesATemplateWithoutASubjectAndWithModestValues() {
        assertThat(limits.unfit(
                        bare().template(new Template("t", Map.of("a", "b"))).build()))
                .isEmpty();
        assertUnfit(bare().subject("s").template(new Template("t", Map.of())), "no subject");
        assertUnfit(bare().template(new Template("t", Map.of("a", "b".repeat(262_144)))), "template variables");
    }

    private void assertUnfit(EmailBuilder email, String part) {
        assertThat(limits.unfit(email.build()))
                .hasValueSatisfying(why -> assertThat(why).contains(part));
    }

    private static Unsubscribe unsubscribe() {
        return new Unsubscribe(URI.create("https://example.com/u"));
    }

    private static EmailBuilder bare() {
        return Email.builder().from("shop@example.com").to("ada@example.org");
    }

    private static EmailBuilder email() {
        return bare().subject("s").text("t");
    }
}
