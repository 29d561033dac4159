package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.mailrouter.email.Ambiguity;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailAddress;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.RawMime;
import io.mailrouter.email.StoreFailure;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.Outcome.Accepted;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever an email can hold is on the wire, in its place and nowhere else, or makes SendGrid not eligible. */
@Timeout(60)
class SendGridFieldsTest {

    private static final Instant LATER = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3_600);
    private static final byte[] BYTES = {0, 1, (byte) 0xFF, 'x'};
    private static final String BASE64 = Base64.getEncoder().encodeToString(BYTES);
    private static final Attachment FILE = Attachment.of("façade 漢.pdf", "application/pdf", BYTES);
    private static final Attachment IMAGE = Attachment.inline("logo@1", "l.png", "image/png", BYTES);

    /** What the router alone acts on. */
    private static final Set<String> ROUTING = Set.of(
            "idempotencyKey",
            "notAfter",
            "deadline",
            "onAmbiguity",
            "onStoreFailure",
            "onlyProviders",
            "notProviders",
            "preferProvider",
            "routingKey",
            "trafficClass");

    private static final Set<String> NOT_CARRIED = Set.of("envelopeFrom", "raw");

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider =
            SendGridProviderTest.builder(sendGrid.url()).build();

    @AfterEach
    void close() {
        provider.close();
        sendGrid.close();
    }

    /** A method of the builder, how it is used, and what it adds to the JSON of a bare email. */
    static Stream<Arguments> fields() {
        return Stream.of(
                arguments(
                        "cc",
                        use(b -> b.cc("Cé <cc@example.org>")),
                        Map.of(
                                "personalizations[0].cc[0].email",
                                "cc@example.org",
                                "personalizations[0].cc[0].name",
                                "Cé")),
                arguments(
                        "bcc",
                        use(b -> b.bcc("bcc@example.org")),
                        Map.of("personalizations[0].bcc[0].email", "bcc@example.org")),
                arguments(
                        "to",
                        use(b -> b.to("two@bücher.example")),
                        Map.of("personalizations[0].to[1].email", "two@xn--bcher-kva.example")),
                arguments(
                        "from",
                        use(b -> b.from(EmailAddress.of("漢字", "from@example.com"))),
                        Map.of("from.email", "from@example.com", "from.name", "漢字")),
                arguments(
                        "replyTo",
                        use(b -> b.replyTo("Help <help@example.com>")),
                        Map.of("reply_to.email", "help@example.com", "reply_to.name", "Help")),
                arguments(
                        "replyTo",
                        use(b -> b.replyTo("a@example.com").replyTo("B <b@example.com>")),
                        Map.of(
                                "reply_to_list[0].email", "a@example.com",
                                "reply_to_list[1].email", "b@example.com",
                                "reply_to_list[1].name", "B")),
                arguments("subject", use(b -> b.subject("Grüße 😀")), Map.of("subject", "Grüße 😀")),
                arguments("text", use(b -> b.text("a\r\nb\t\"\\ 😀")), Map.of("content[0].value", "a\r\nb\t\"\\ 😀")),
                arguments(
                        "html",
                        use(b -> b.html("<p>&amp;é</p>")),
                        Map.of("content[1].type", "text/html", "content[1].value", "<p>&amp;é</p>")),
                arguments(
                        "header", use(b -> b.header("X-Order", "42 / \"x\"")), Map.of("headers.X-Order", "42 / \"x\"")),
                arguments(
                        "attach",
                        use(b -> b.attach(FILE)),
                        Map.of(
                                "attachments[0].content", BASE64,
                                "attachments[0].type", "application/pdf",
                                "attachments[0].filename", "façade 漢.pdf",
                                "attachments[0].disposition", "attachment")),
                arguments(
                        "attach",
                        use(b -> b.attach(IMAGE)),
                        Map.of(
                                "attachments[0].content", BASE64,
                                "attachments[0].type", "image/png",
                                "attachments[0].filename", "l.png",
                                "attachments[0].disposition", "inline",
                                "attachments[0].content_id", "logo@1")),
                arguments(
                        "tag",
                        use(b -> b.tag("order é").tag("two")),
                        Map.of("categories[0]", "order é", "categories[1]", "two")),
                arguments("metadata", use(b -> b.metadata("order id", "1 😀")), Map.of("custom_args.order id", "1 😀")),
                arguments("sendAt", use(b -> b.sendAt(LATER)), Map.of("send_at", "" + LATER.getEpochSecond())),
                arguments(
                        "sendAt",
                        use(b -> b.sendAt(LATER.plusNanos(1))),
                        Map.of("send_at", "" + (LATER.getEpochSecond() + 1))),
                arguments(
                        "tracking",
                        use(b -> b.tracking(new Tracking(true, false))),
                        Map.of(
                                "tracking_settings.click_tracking.enable", "false",
                                "tracking_settings.click_tracking.enable_text", "false",
                                "tracking_settings.open_tracking.enable", "true")),
                arguments(
                        "tracking",
                        use(b -> b.tracking(new Tracking(false, true))),
                        Map.of(
                                "tracking_settings.click_tracking.enable", "true",
                                "tracking_settings.click_tracking.enable_text", "true",
                                "tracking_settings.open_tracking.enable", "false")),
                arguments(
                        "unsubscribe",
                        use(b -> b.unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=1,2")))),
                        Map.of(
                                "headers.List-Unsubscribe", "<https://example.com/u?x=1,2>",
                                "headers.List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
                arguments(
                        "options",
                        use(b -> b.options(SendGridOptions.builder()
                                .unsubscribeGroup(7, 7, 9)
                                .ipPool("bulk pool")
                                .batchId("batch-1")
                                .sandbox()
                                .build())),
                        Map.of(
                                "asm.group_id", "7",
                                "asm.groups_to_display[0]", "7",
                                "asm.groups_to_display[1]", "9",
                                "ip_pool_name", "bulk pool",
                                "batch_id", "batch-1",
                                "mail_settings.sandbox_mode.enable", "true")),
                arguments(
                        "options",
                        use(b -> b.options(
                                SendGridOptions.builder().unsubscribeGroup(7).build())),
                        Map.of("asm.group_id", "7")),
                arguments(
                        "options", use(b -> b.options(SendGridOptions.builder().build())), Map.of()),
                arguments("idempotencyKey", use(b -> b.idempotencyKey("k")), Map.of()),
                arguments("notAfter", use(b -> b.notAfter(LATER)), Map.of()),
                arguments("deadline", use(b -> b.deadline(Duration.ofSeconds(9))), Map.of()),
                arguments("onAmbiguity", use(b -> b.onAmbiguity(Ambiguity.RESEND_OTHER)), Map.of()),
                arguments("onStoreFailure", use(b -> b.onStoreFailure(StoreFailure.HOLD)), Map.of()),
                arguments("onlyProviders", use(b -> b.onlyProviders("sendgrid")), Map.of()),
                arguments("notProviders", use(b -> b.notProviders("ses")), Map.of()),
                arguments("preferProvider", use(b -> b.preferProvider("sendgrid")), Map.of()),
                arguments("routingKey", use(b -> b.routingKey("tenant-1")), Map.of()),
                arguments("trafficClass", use(b -> b.trafficClass("bulk")), Map.of()));
    }

    private static UnaryOperator<EmailBuilder> use(UnaryOperator<EmailBuilder> method) {
        return method;
    }

    @ParameterizedTest(name = "{0} adds {2}")
    @MethodSource("fields")
    void carriesAFieldInItsPlaceAndAddsNothingElse(
            String method, UnaryOperator<EmailBuilder> use, Map<String, String> adds) {
        Map<String, String> expected = new LinkedHashMap<>(bare());
        expected.putAll(adds);

        assertThat(sent(use.apply(email()).build())).isEqualTo(expected);
        assertThat(adds.isEmpty() && !method.equals("options")).isEqualTo(ROUTING.contains(method));
    }

    @Test
    void carriesATemplateInsteadOfSubjectAndBody() {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .template(new Template("d-1", Map.of("name", "A\"d\\a\n\u0001😀")))
                .build();
        Map<String, String> expected = new LinkedHashMap<>(bare());
        expected.keySet().removeAll(Set.of("subject", "content[0].type", "content[0].value"));
        expected.put("template_id", "d-1");
        expected.put("personalizations[0].dynamic_template_data.name", "A\"d\\a\n\u0001😀");

        assertThat(sent(email)).isEqualTo(expected);
    }

    @Test
    void isNotEligibleForWhatItCannotCarry() {
        byte[] mime = "Subject: s\r\n\r\nt".getBytes(StandardCharsets.US_ASCII);
        Email raw = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .raw(RawMime.of(mime))
                .build();

        assertThat(provider.capabilities().unfit(raw)).hasValue("cannot carry [RAW_MIME]");
        assertThat(provider.capabilities()
                        .unfit(email().envelopeFrom("b@example.com").build()))
                .hasValue("cannot carry [ENVELOPE_FROM]");
    }

    @Test
    void knowsEveryFieldThatAnEmailHas() {
        Set<String> methods = Stream.of(EmailBuilder.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .map(Method::getName)
                .collect(Collectors.toSet());
        Set<String> known = fields().map(row -> (String) row.get()[0]).collect(Collectors.toSet());
        known.addAll(NOT_CARRIED);
        known.addAll(Set.of("template", "build"));
        // Filled in before the provider sees the email; SendGridBulkTest shows what becomes of them among many.
        known.addAll(Set.of("variable", "variables"));

        assertThat(known).as("a new field needs a row here").isEqualTo(methods);
    }

    @Test
    void putsTheTextBeforeTheHtmlWhateverCameFirst() {
        Email email = Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .html("<p>h</p>")
                .text("t")
                .build();

        assertThat(sent(email))
                .containsEntry("content[0].type", "text/plain")
                .containsEntry("content[1].value", "<p>h</p>");
    }

    private Map<String, String> sent(Email email) {
        assertThat(provider.capabilities().unfit(email)).isEmpty();
        assertThat(provider.send(email, Attempt.Context.within(Duration.ofSeconds(20))))
                .isInstanceOf(Accepted.class);
        assertThat(sendGrid.accepted()).hasSize(1);
        return JsonPaths.of(sendGrid.accepted().get(0));
    }

    private static Map<String, String> bare() {
        return Map.of(
                "from.email", "shop@example.com",
                "personalizations[0].to[0].email", "ada@example.org",
                "subject", "s",
                "content[0].type", "text/plain",
                "content[0].value", "t",
                "custom_args.mr_id", "mr-test");
    }

    private static EmailBuilder email() {
        return Email.builder()
                .from("shop@example.com")
                .to("ada@example.org")
                .subject("s")
                .text("t");
    }
}
