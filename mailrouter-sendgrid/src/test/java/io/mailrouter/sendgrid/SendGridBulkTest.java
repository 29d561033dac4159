package io.mailrouter.sendgrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mailrouter.Bulk;
import io.mailrouter.EmailService;
import io.mailrouter.SendResult;
import io.mailrouter.email.Attachment;
import io.mailrouter.email.Email;
import io.mailrouter.email.EmailBuilder;
import io.mailrouter.email.Template;
import io.mailrouter.email.Tracking;
import io.mailrouter.email.Unsubscribe;
import io.mailrouter.provider.Attempt;
import io.mailrouter.provider.BulkEmailProvider.Entry;
import io.mailrouter.provider.Outcome;
import io.mailrouter.testkit.AcceptedEmail;
import io.mailrouter.testkit.Behaviour;
import io.mailrouter.testkit.LoopbackSendGrid;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SendGridBulkTest {

    private static final Attachment FILE = Attachment.of("façade.bin", "application/octet-stream", new byte[] {0, -1});

    private final LoopbackSendGrid sendGrid = LoopbackSendGrid.start();
    private final SendGridProvider provider =
            SendGridProviderTest.builder(sendGrid.url()).build();
    private final EmailService emails =
            EmailService.builder().provider(provider).build();

    @AfterEach
    void close() {
        emails.close();
        sendGrid.close();
    }

    private static EmailBuilder email(int i) {
        return Email.builder()
                .from("Shop <shop@example.com>")
                .to("User " + i + " <u" + i + "@example.org>")
                .subject("Order {{id}}")
                .text("Dear {{name}}, order {{id}}")
                .html("<p title='{{name}}'>{{name}}</p>")
                .variable("name", "A&B <" + i + ">")
                .variable("id", "n" + i);
    }

    private static List<Email> emails(int count) {
        return IntStream.range(0, count).mapToObj(i -> email(i).build()).toList();
    }

    private List<Outcome> sendBulk(List<Email> alike) {
        List<Entry> entries = new ArrayList<>();
        alike.forEach(email -> entries.add(new Entry(email, "mr-" + entries.size())));
        return provider.sendBulk(entries, Attempt.Context.within(Duration.ofSeconds(30)));
    }

    private static String content(AcceptedEmail e) {
        StringBuilder files = new StringBuilder();
        e.attachments()
                .forEach(f -> files.append(
                        List.of(f.name(), f.type(), f.isInline(), f.contentId(), Arrays.toString(f.bytes()))));
        return List.of(
                        e.from(),
                        e.replyTo(),
                        e.to(),
                        e.cc(),
                        e.bcc(),
                        e.subject(),
                        e.text(),
                        e.html(),
                        e.headers(),
                        files,
                        e.tags(),
                        e.metadata(),
                        e.reference(),
                        e.templateId(),
                        e.variables(),
                        e.tracking(),
                        e.sendAt())
                .toString();
    }

    private List<String> received() {
        return sendGrid.accepted().stream()
                .sorted(Comparator.comparing(e -> e.to().toString()))
                .map(SendGridBulkTest::content)
                .toList();
    }

    @Test
    void everyFieldArrivesAsInARequestOfItsOwn() {
        Instant later = Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3_600);
        List<Email> alike = IntStream.range(0, 4)
                .mapToObj(i -> email(i).replyTo("Help desk <help@example.com>")
                        .sendAt(later)
                        .header("X-Order", "42 / \"x\"")
                        .unsubscribe(new Unsubscribe(URI.create("https://example.com/u?x=1")))
                        .attach(FILE)
                        .tag("order")
                        .tracking(new Tracking(true, false))
                        .metadata("orderId", "o-" + i)
                        .idempotencyKey("key-" + i)
                        .build())
                .toList();
        emails.sendAll(alike);
        List<String> singly = received();

        try (LoopbackSendGrid other = LoopbackSendGrid.start();
                EmailService many = EmailService.builder()
                        .provider(SendGridProviderTest.builder(other.url()).build())
                        .build()) {
            List<SendResult> results = many.sendAll(alike, Bulk.ALLOWED);

            assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
            assertThat(other.requests()).isEqualTo(1);
            assertThat(other.accepted().stream().map(SendGridBulkTest::content)).containsExactlyElementsOf(singly);
            assertThat(results.stream().map(r -> ((SendResult.Accepted) r).messageId()))
                    .containsExactlyElementsOf(other.accepted().stream()
                            .map(AcceptedEmail::messageId)
                            .toList());
            String request = StandardCharsets.UTF_8
                    .decode(other.accepted().get(0).requestBody())
                    .toString();
            assertThat(request).containsOnlyOnce("Dear ");
        }
    }

    @Test
    void aTemplateOfTheServiceTravelsWithItsValues() {
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .template(new Template("d-welcome", Map.of("name", "{{x}} \"" + i)))
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(1);
        assertThat(sendGrid.accepted()).extracting(AcceptedEmail::templateId).containsOnly("d-welcome");
        assertThat(sendGrid.accepted().get(2).variables()).isEqualTo(Map.of("name", "{{x}} \"2"));
    }

    @Test
    void aThousandAndOneTakeTwoRequestsAndKeepTheirOrder() {
        List<SendResult> results = emails.sendAll(emails(1_001), Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(2);
        Map<String, String> toByReference = new HashMap<>();
        sendGrid.accepted()
                .forEach(e -> toByReference.put(e.reference(), e.to().get(0).address()));
        assertThat(toByReference).hasSize(1_001);
        for (int i = 0; i < 1_001; i++) {
            SendResult.Accepted accepted = (SendResult.Accepted) results.get(i);
            assertThat(toByReference.get(accepted.trail().reference())).isEqualTo("u" + i + "@example.org");
        }
    }

    @Test
    void bulkIsOffByDefault() {
        emails.sendAll(emails(5));

        assertThat(sendGrid.requests()).isEqualTo(5);
    }

    @Test
    void unlikeEmailsGoByThemselves() {
        emails.sendAll(
                List.of(
                        email(0).build(),
                        email(1).header("X-A", "1").build(),
                        email(2).header("X-A", "2").build()),
                Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(3);
    }

    @Test
    @DisplayName("C7 braces without variables are text, and beside a placeholder too")
    void literalBracesAreText() {
        List<Email> alike = IntStream.range(0, 2)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .subject("s")
                        .text("{{literal}} -name- %name%")
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);
        emails.sendAll(
                List.of(
                        email(0).text("{ {{name}}}}").build(),
                        email(1).text("{ {{name}}}}").build()),
                Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(2);
        assertThat(sendGrid.accepted())
                .extracting(AcceptedEmail::text)
                .containsExactly(
                        "{{literal}} -name- %name%", "{{literal}} -name- %name%", "{ A&B <0>}}", "{ A&B <1>}}");
    }

    @Test
    @DisplayName("C7 values are data: not filled in again, escaped in HTML only")
    void valuesAreData() {
        String evil = "{{id}} -id- -.id.t- -.id.h- %id% \",\"id\":\"x<script>'\\";
        List<Email> alike = IntStream.range(0, 2)
                .mapToObj(i -> Email.builder()
                        .from("shop@example.com")
                        .to("u" + i + "@example.org")
                        .subject("{{name}}")
                        .text("{{name}}|{{id}}")
                        .html("{{id}}|{{name}}")
                        .variable("name", evil)
                        .variable("id", "secret")
                        .build())
                .toList();
        emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(1);
        AcceptedEmail email = sendGrid.accepted().get(1);
        assertThat(email.subject()).isEqualTo(evil);
        assertThat(email.text()).isEqualTo(evil + "|secret");
        assertThat(email.html()).isEqualTo(alike.get(1).html());
    }

    @Test
    void anotherRequestIsMarkedInAnotherWay() {
        emails.sendAll(emails(2), Bulk.ALLOWED);
        emails.sendAll(emails(2), Bulk.ALLOWED);

        assertThat(sendGrid.accepted())
                .extracting(e -> StandardCharsets.UTF_8.decode(e.requestBody()).toString())
                .extracting(body -> body.substring(body.indexOf("Dear "), body.indexOf(", order")))
                .doesNotContain("Dear {{name}}")
                .satisfies(marks -> assertThat(marks.get(0)).isNotEqualTo(marks.get(2)));
    }

    @ParameterizedTest
    @CsvSource({
        "400, x, rejected",
        "413, x, rejected",
        "401, x, misconfigured",
        "401, Maximum credits exceeded, quota_exhausted",
        "403, access forbidden, misconfigured",
        "429, too many requests, throttled",
        "500, x, unknown"
    })
    @DisplayName("P20 what the service answers to the request is the outcome of every entry")
    void theAnswerHoldsForAll(int status, String message, String word) {
        sendGrid.next(LoopbackSendGrid.error(status, message));

        assertThat(sendBulk(emails(3)))
                .hasSize(3)
                .allMatch(outcome -> outcome.word().equals(word));
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reset", "hang", "gateway"})
    @DisplayName("P3 P4 P12 a call that failed is unknown for all its entries, with one request seen")
    void aFailedCallIsUnknownForAll(String failure) {
        sendGrid.behave(
                switch (failure) {
                    case "reset" -> Behaviour.acceptThenReset();
                    case "hang" -> Behaviour.acceptThenHang();
                    default -> Behaviour.answer(502, Map.of(), "<html>");
                });
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> email(i).deadline(Duration.ofSeconds(3)).build())
                .toList();

        List<SendResult> results = emails.sendAll(alike, Bulk.ALLOWED);

        assertThat(results).hasSize(3).allMatch(SendResult.Unknown.class::isInstance);
        assertThat(sendGrid.requests()).isEqualTo(1);
    }

    @Test
    @DisplayName("P15 a refusal of the whole call is split, so that one bad email takes no other along")
    void aRefusedCallIsSplit() {
        sendGrid.refuseRecipient("u1@example.org");

        List<SendResult> results = emails.sendAll(emails(4), Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(5);
        assertThat(sendGrid.accepted()).hasSize(3);
        assertThat(results.get(1)).isInstanceOf(SendResult.Rejected.class);
        assertThat(List.of(results.get(0), results.get(2), results.get(3)))
                .allMatch(SendResult.Accepted.class::isInstance);
    }

    @Test
    void valuesThatTakeTooMuchForASubstitutionGoByThemselves() {
        List<Email> alike = IntStream.range(0, 3)
                .mapToObj(i -> email(i).text("{{long}}")
                        .variable("long", "x".repeat(i == 1 ? 10_000 : 9_000))
                        .build())
                .toList();

        assertThat(provider.together(alike)).isEqualTo(1);
        assertThat(emails.sendAll(alike, Bulk.ALLOWED)).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(sendGrid.accepted()).hasSize(3);
    }

    @Test
    void whatIsTooLargeForOneRequestIsCut() {
        Attachment file = Attachment.of("a", "a/b", new byte[21_500_000]);
        List<Email> alike = IntStream.range(0, 100)
                .mapToObj(i -> email(i).attach(file)
                        .text("{{long}}")
                        .variable("long", "x".repeat(9_000))
                        .build())
                .toList();

        assertThat(provider.together(alike)).isBetween(2, 99);
        assertThat(provider.together(alike.subList(0, 2))).isEqualTo(2);
    }

    @Test
    void anAddressStandsOnceInARequest() {
        List<SendResult> results =
                emails.sendAll(List.of(email(0).build(), email(1).build(), email(0).build()), Bulk.ALLOWED);

        assertThat(results).allMatch(SendResult.Accepted.class::isInstance);
        assertThat(sendGrid.requests()).isEqualTo(2);
    }

    @Test
    void aTextOfWhichNothingIsLeftIsNoEmptyPart() {
        emails.sendAll(
                List.of(
                        email(0).text("{{id2}}").variable("id2", "").build(),
                        email(1).text("{{id2}}").variable("id2", "").build()),
                Bulk.ALLOWED);

        assertThat(sendGrid.requests()).isEqualTo(2);
    }

    @Test
    void aClosedProviderAndAnInterruptedThreadSendNothing() {
        Thread.currentThread().interrupt();
        List<Outcome> interrupted = sendBulk(emails(2));
        assertThat(Thread.interrupted()).isTrue();
        provider.close();

        assertThat(interrupted).hasSize(2).allMatch(o -> o.code().equals("interrupted"));
        assertThat(sendBulk(emails(2))).hasSize(2).allMatch(o -> o.code().equals("closed"));
        assertThat(sendGrid.requests()).isZero();
    }
}
