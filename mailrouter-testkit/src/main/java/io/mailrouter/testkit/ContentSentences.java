package io.mailrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Feature;
import io.mailrouter.email.Template;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.AcceptedEmail.Mailbox;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The sentences about what arrives: every part that a provider takes on, and nothing that was meant for nobody. */
abstract class ContentSentences extends ProviderBench {

    private static final int LARGE = 50_000_000;
    static final String LINE = "a line of seventy-six characters and two more, with which it ends, is usual\r\n";

    @Test
    @DisplayName("sender, recipients and subject arrive whole, in any script")
    void sendersAndRecipientsArrive() {
        Email email = email().from("Käthe Müller <shop@example.com>")
                .to("漢字 <grace@example.org>")
                .cc("Alan <alan@example.org>")
                .bcc("Eve <eve@example.org>")
                .replyTo("Help <help@example.com>")
                .subject("Grüße 😀 مرحبا 漢字 čĊ")
                .build();
        AcceptedEmail accepted = carried(email);

        assertThat(accepted.from()).as("from").isEqualTo(mailbox(email.from()));
        assertThat(accepted.to()).as("to").containsExactlyElementsOf(mailboxes(email.to()));
        assertThat(accepted.cc()).as("cc").containsExactlyElementsOf(mailboxes(email.cc()));
        assertThat(accepted.bcc()).as("bcc").extracting(Mailbox::address).containsExactly("eve@example.org");
        assertThat(accepted.replyTo()).as("replyTo").containsExactlyElementsOf(mailboxes(email.replyTo()));
        assertThat(accepted.subject()).as("subject").isEqualTo(email.subject());
    }

    @Test
    @DisplayName("both bodies arrive whole, alone and together")
    void bodiesArrive() {
        String text = "text 😀\r\n.\r\n..dots\r\n漢字";
        String html = "<p>&amp; مرحبا</p>";
        for (EmailBuilder builder : List.of(
                email().text(text),
                email().text("").html(html),
                email().text(text).html(html))) {
            Email email = builder.build();
            AcceptedEmail accepted = carried(email);

            assertThat(accepted.text().strip()).as("text").isEqualToNormalizingNewlines(email.text());
            assertThat(accepted.html().strip()).as("html").isEqualToNormalizingNewlines(email.html());
        }
    }

    @Test
    @DisplayName("C6 a blind copy is a recipient and nothing else")
    void blindCopiesAreRecipientsOnly() {
        AcceptedEmail accepted = carried(email().bcc("canary@example.org").build());

        assertThat(accepted.bcc()).extracting(Mailbox::address).containsExactly("canary@example.org");
        assertThat(accepted.headers().keySet()).noneMatch(name -> "bcc".equals(name.toLowerCase(Locale.ROOT)));
        assertThat(text(ByteBuffer.wrap(accepted.rawMime()))).doesNotContain("canary@example.org");
        assertThat(text(accepted.requestBody()).split("canary@example.org", -1))
                .as("the parts between its mentions in the request")
                .hasSizeLessThanOrEqualTo(2);
    }

    @Test
    @DisplayName("the reference of the send arrives")
    void theReferenceArrives() {
        Attempt.Context context = context(LONG);
        assertThat(call(provider, email().build(), context).outcome()).isInstanceOf(Outcome.Accepted.class);

        assertThat(last().reference()).isEqualTo(context.reference());
    }

    @Test
    @DisplayName("the id of an accepted email is the service's own")
    void theIdIsTheServices() {
        Outcome outcome = send();

        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        assertThat(outcome).isEqualTo(new Outcome.Accepted(last().messageId()));
    }

    @Test
    @DisplayName("P17 as many recipients as it says are carried, and one more is told")
    void asManyRecipientsAsItSaysAreCarried() {
        int most = Math.min(provider.capabilities().maxRecipients(), Email.MAX_RECIPIENTS);
        EmailBuilder builder = email();
        for (int i = 1; i < most; i++) {
            builder.to("r" + i + "@example.org");
        }
        assertThat(carried(builder.build()).to()).hasSize(most);

        if (most < Email.MAX_RECIPIENTS) {
            assertThat(provider.capabilities()
                            .unfit(builder.cc("one-more@example.org").build()))
                    .isPresent();
        }
    }

    @Test
    @DisplayName("P17 an email nearly as large as it says is carried, and a larger one is told")
    void anEmailAsLargeAsItSaysIsCarried() {
        long most = provider.capabilities().maxBytes();
        if (most > LARGE) {
            throw aborted("takes " + most + " bytes, too many for a test");
        }
        // A tenth is left for what an encoding adds, which the size that a provider declares can only estimate.
        String text = LINE.repeat((int) (most * 9 / 10 / LINE.length()));
        assertThat(carried(email().text(text).build()).text().strip()).isEqualToNormalizingNewlines(text.strip());

        assertThat(provider.capabilities()
                        .unfit(email().text(LINE.repeat((int) (most / LINE.length()) + 1))
                                .build()))
                .isPresent();
    }

    @Test
    @DisplayName("attachments arrive byte for byte, or are told to be more than it carries")
    void attachmentsArrive() {
        filesArrive(Feature.ATTACHMENTS);
    }

    @Test
    @DisplayName("inline attachments arrive with their content id, or are told")
    void inlineAttachmentsArrive() {
        filesArrive(Feature.INLINE_ATTACHMENTS);
    }

    private void filesArrive(Feature feature) {
        Email email = declared(feature);
        AcceptedEmail accepted = carried(email);

        assertThat(accepted.attachments()).hasSameSizeAs(email.attachments());
        for (int i = 0; i < email.attachments().size(); i++) {
            Attachment sent = email.attachments().get(i);
            AcceptedEmail.File got = accepted.attachments().get(i);
            assertThat(got.name()).isEqualTo(sent.name());
            assertThat(got.type()).isEqualTo(sent.type());
            assertThat(got.isInline()).isEqualTo(sent.isInline());
            assertThat(got.contentId()).isEqualTo(sent.contentId());
            assertThat(ByteBuffer.wrap(got.bytes())).isEqualTo(sent.content());
        }
    }

    @Test
    @DisplayName("headers arrive, or are told")
    void headersArrive() {
        Email email = declared(Feature.HEADERS);

        assertThat(carried(email).headers()).containsAllEntriesOf(email.headers());
    }

    @Test
    @DisplayName("tags arrive, or are told")
    void tagsArrive() {
        Email email = declared(Feature.TAGS);

        assertThat(carried(email).tags()).containsExactlyElementsOf(email.tags());
    }

    @Test
    @DisplayName("metadata arrives, or is told")
    void metadataArrives() {
        Email email = declared(Feature.METADATA);

        assertThat(carried(email).metadata()).containsAllEntriesOf(email.metadata());
    }

    @Test
    @DisplayName("several addresses to reply to arrive, or are told")
    void severalReplyToArrive() {
        Email email = declared(Feature.SEVERAL_REPLY_TO);

        assertThat(carried(email).replyTo()).containsExactlyElementsOf(mailboxes(email.replyTo()));
    }

    @Test
    @DisplayName("the address for bounces arrives, or is told")
    void theEnvelopeFromArrives() {
        Email email = declared(Feature.ENVELOPE_FROM);

        assertThat(Optional.of(carried(email).envelopeFrom()))
                .isEqualTo(email.envelopeFrom().map(EmailAddress::address));
    }

    @Test
    @DisplayName("a template arrives with its values, or is told")
    void templatesArrive() {
        Email email = declared(Feature.TEMPLATE);
        AcceptedEmail accepted = carried(email);

        assertThat(Optional.of(new Template(accepted.templateId(), accepted.variables())))
                .isEqualTo(email.template());
    }

    @Test
    @DisplayName("the time to send at arrives, or is told")
    void theTimeToSendAtArrives() {
        Email email = declared(Feature.SEND_AT);

        assertThat(carried(email).sendAt()).isEqualTo(email.sendAt());
    }

    @Test
    @DisplayName("the switch for tracking arrives, or is told")
    void theTrackingSwitchArrives() {
        Email email = declared(Feature.TRACKING);

        assertThat(carried(email).tracking()).isEqualTo(email.tracking());
    }

    @Test
    @DisplayName("a complete MIME message arrives byte for byte, or is told")
    void rawMessagesArrive() {
        Email email = declared(Feature.RAW_MIME);

        assertThat(Optional.of(ByteBuffer.wrap(carried(email).rawMime())))
                .isEqualTo(email.raw().map(raw -> raw.content()));
    }

    @Test
    @DisplayName("letters beyond ASCII in a local part arrive, or are told")
    void unicodeLocalPartsArrive() {
        Email email = declared(Feature.UNICODE_LOCAL_PART);

        assertThat(carried(email).to()).containsExactlyElementsOf(mailboxes(email.to()));
    }

    /** Returns an email with a feature that the provider declares; any other must be told, and the test ends there. */
    private Email declared(Feature feature) {
        Email email = email(feature);
        if (!provider.capabilities().features().contains(feature)) {
            assertThat(provider.capabilities().unfit(email)).isPresent();
            throw aborted("told: " + provider.name() + " does not declare " + feature);
        }
        assertThat(provider.capabilities().unfit(email))
                .as("declares %s, so override email(Feature) if the sample needs another form", feature)
                .isEmpty();
        return email;
    }

    private AcceptedEmail carried(Email email) {
        assertThat(provider.capabilities().unfit(email))
                .as("what keeps it from being carried")
                .isEmpty();
        int before = service.accepted().size();
        assertThat(send(email, LONG))
                .as("an email that it says it carries, at a stand-in whose reader may have refused the request")
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(service.accepted()).hasSize(before + 1);
        return last();
    }

    AcceptedEmail last() {
        List<AcceptedEmail> accepted = service.accepted();
        assertThat(accepted).as("what the stand-in took").isNotEmpty();
        return accepted.get(accepted.size() - 1);
    }

    private static Mailbox mailbox(EmailAddress address) {
        return new Mailbox(address.name(), address.address());
    }

    private static List<Mailbox> mailboxes(List<EmailAddress> addresses) {
        return addresses.stream().map(ContentSentences::mailbox).toList();
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
